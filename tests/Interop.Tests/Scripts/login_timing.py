"""How long refusals take, for users of several kinds: PORT METHOD TRIALS USER…

Attempts of all users take turns. For each pair of users: the AUC, the chance that a refusal of the first took longer than one of the second; 0.5 says
that the time tells nothing."""
import itertools, logging, sys, time

import paramiko

logging.getLogger("paramiko").setLevel(logging.CRITICAL)
port, method, trials, *users = sys.argv[1:]
key = paramiko.ECDSAKey.generate()
times = {user: [] for user in users}


def attempt(user):
    transport = paramiko.Transport(("127.0.0.1", int(port)))
    try:
        transport.start_client(timeout=60)
        transport.auth_timeout = 120
        begin = time.perf_counter()
        try:
            if method == "password":
                transport.auth_password(user, "wrong", fallback=False)
            elif method == "publickey":
                transport.auth_publickey(user, key)
            else:
                transport.auth_interactive(user, lambda title, text, prompts: ["wrong"] * len(prompts))
            raise SystemExit(f"{user} was let in")
        except paramiko.AuthenticationException:
            return time.perf_counter() - begin
    finally:
        transport.close()


def auc(a, b):
    wins = sum(1 if x > y else 0.5 if x == y else 0 for x in a for y in b)
    return wins / (len(a) * len(b))


for _ in range(5):
    for user in users:
        attempt(user)
for trial in range(int(trials)):
    # Another order each time: who comes first has no advantage.
    for user in users[trial % len(users):] + users[:trial % len(users)]:
        times[user].append(attempt(user))
for user in users:
    ordered = sorted(times[user])
    print(f"{method} {user}: median {ordered[len(ordered) // 2] * 1000:.2f} ms, 95 % {ordered[int(len(ordered) * 0.95)] * 1000:.2f} ms, {len(ordered)} refusals")
for first, second in itertools.combinations(users, 2):
    print(f"{method} {first} / {second}: AUC {auc(times[first], times[second]):.3f}")
