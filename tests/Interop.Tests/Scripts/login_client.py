"""A library logs in and runs a command; what it is shown and asked goes to standard output: PORT USER METHOD ANSWER…"""
import sys, warnings

warnings.simplefilter("ignore")
import logging, paramiko

logging.getLogger("paramiko").setLevel(logging.CRITICAL)
port, user, method, *answers = sys.argv[1:]


def answer(title, instructions, prompts):
    for line in instructions.splitlines():
        print("text", line)
    for text, echo in prompts:
        print("prompt", "shown" if echo else "hidden", text.strip())
    return [answers.pop(0) for _ in prompts]


transport = paramiko.Transport(("127.0.0.1", int(port)))
transport.start_client(timeout=60)
transport.auth_timeout = 120
try:
    if method == "password":
        transport.auth_password(user, answers[0], fallback=False)
    else:
        transport.auth_interactive(user, answer)
except paramiko.AuthenticationException as error:
    print("refused", type(error).__name__)
if transport.get_banner():
    print("banner", transport.get_banner().decode().strip())
if transport.is_authenticated():
    channel = transport.open_session()
    channel.exec_command("echo in")
    print(channel.makefile().read().decode().strip())
transport.close()
