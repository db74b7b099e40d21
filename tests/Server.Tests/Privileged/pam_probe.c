/* A PAM module that misbehaves as its first argument tells it; the tests compile it. No header of libpam is needed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pam_message { int msg_style; const char *msg; };
struct pam_response { char *resp; int resp_retcode; };
struct pam_conv { int (*conv)(int, const struct pam_message **, struct pam_response **, void *); void *data; };
extern int pam_get_item(const void *, int, const void **);
extern int pam_set_item(void *, int, const void *);

enum { OK = 0, AUTH_ERR = 7, CONV_ERR = 19, OFF = 1, ON = 2, ERROR = 3, INFO = 4, ITEM_USER = 2, ITEM_TTY = 3, ITEM_CONV = 5, ITEM_RHOST = 4 };

static void note(const char *path, const char *text) {
  FILE *file = fopen(path, "a");
  if (file) { fprintf(file, "%s\n", text); fclose(file); }
}

static int talk(void *pamh, int count, const struct pam_message *messages, struct pam_response **responses) {
  const struct pam_conv *conv = NULL;
  const struct pam_message *list[64];
  for (int i = 0; i < count; i++) list[i] = &messages[i];
  if (pam_get_item(pamh, ITEM_CONV, (const void **)&conv) != OK || !conv) return CONV_ERR;
  return conv->conv(count, list, responses, conv->data);
}

static int is(const struct pam_response *response, const char *wanted) { return response->resp && strcmp(response->resp, wanted) == 0; }

int pam_sm_authenticate(void *pamh, int flags, int argc, const char **argv) {
  struct pam_response *r = NULL;
  const char *what = argc > 0 ? argv[0] : "";
  if (!strcmp(what, "by-user")) pam_get_item(pamh, ITEM_USER, (const void **)&what);
  if (!strcmp(what, "hang")) for (;;) pause();
  if (!strcmp(what, "crash")) { volatile int *nowhere = NULL; *nowhere = 1; }
  if (!strcmp(what, "exit")) exit(0);
  if (!strcmp(what, "print")) for (int i = 0; i < 100000; i++) { printf("%0100d\n", i); fflush(stdout); }
  if (!strcmp(what, "print-little")) { printf("Password: hello from a module\n"); fflush(stdout); return OK; }
  if (!strcmp(what, "rename")) { pam_set_item(pamh, ITEM_USER, "root"); return OK; }
  if (!strcmp(what, "talk")) {
    static char text[4000];
    memset(text, 'x', sizeof text - 1);
    struct pam_message m = { INFO, text };
    for (int i = 0; i < 1000; i++) if (talk(pamh, 1, &m, &r) != OK) return AUTH_ERR;
    return OK;
  }
  if (!strcmp(what, "ask-forever")) {
    struct pam_message m = { ON, "More? " };
    for (int i = 0; i < 100000; i++) if (talk(pamh, 1, &m, &r) != OK) return AUTH_ERR;
    return OK;
  }
  if (!strcmp(what, "several")) {
    struct pam_message first = { INFO, "Welcome" };
    struct pam_message m[] = { { ON, "Name: " }, { ERROR, "Careful" }, { OFF, "PIN: " }, { INFO, "Gr\303\274\303\237e" } };
    if (talk(pamh, 1, &first, &r) != OK || talk(pamh, 4, m, &r) != OK) return AUTH_ERR;
    return is(&r[0], "Zo\303\253") && !r[1].resp && is(&r[2], "1234") && !r[3].resp ? OK : AUTH_ERR;
  }
  if (!strcmp(what, "long")) { /* 1,024 bytes: the letters from a to p, 64 times */
    char wanted[1025];
    for (int i = 0; i < 1024; i++) wanted[i] = 'a' + i % 16;
    wanted[1024] = 0;
    struct pam_message m = { OFF, "Password: " };
    return talk(pamh, 1, &m, &r) == OK && is(&r[0], wanted) ? OK : AUTH_ERR;
  }
  if (!strcmp(what, "items")) {
    const char *host = NULL, *tty = NULL;
    char text[256];
    pam_get_item(pamh, ITEM_RHOST, (const void **)&host);
    pam_get_item(pamh, ITEM_TTY, (const void **)&tty);
    snprintf(text, sizeof text, "%s %s", host, tty);
    struct pam_message m = { INFO, text };
    return talk(pamh, 1, &m, &r);
  }
  if (!strcmp(what, "note") && argc > 1) { /* writes down that it went on after the user had left */
    struct pam_message m = { OFF, "Password: " };
    int result = talk(pamh, 1, &m, &r);
    note(argv[1], result == OK ? "answered" : "left");
    return AUTH_ERR;
  }
  return OK;
}

int pam_sm_setcred(void *pamh, int flags, int argc, const char **argv) { return OK; }
int pam_sm_acct_mgmt(void *pamh, int flags, int argc, const char **argv) { return OK; }

int pam_sm_open_session(void *pamh, int flags, int argc, const char **argv) {
  if (argc > 1 && !strcmp(argv[0], "note")) note(argv[1], "opened");
  return argc > 0 && !strcmp(argv[0], "refuse") ? 14 : OK;
}

int pam_sm_close_session(void *pamh, int flags, int argc, const char **argv) {
  if (argc > 1 && !strcmp(argv[0], "note")) note(argv[1], "closed");
  return OK;
}
