"""Opens and ends sessions one after the other on one connection: PORT USER KEY KNOWN_HOSTS COUNT"""
import sys

import warnings
warnings.simplefilter("ignore")
import paramiko

port, user, key, known_hosts, count = sys.argv[1:]
with paramiko.SSHClient() as client:
    client.load_host_keys(known_hosts)
    client.connect("127.0.0.1", int(port), username=user, key_filename=key, allow_agent=False, look_for_keys=False)
    total = 0
    for number in range(int(count)):
        channel = client.get_transport().open_session()
        channel.exec_command(f"exit {number}")
        total += channel.recv_exit_status()
        channel.close()
    print(f"{count} sessions, statuses {total}")
