"""A library's server with its default settings; whatever the command, it gives back its input and status 7.

usage: cat_server.py LIBRARY PORT HOST_KEY AUTHORIZED_KEYS
"""
import asyncio, socket, sys, threading

import warnings
warnings.simplefilter("ignore")

library, port, host_key, authorized_keys = sys.argv[1:]


def with_paramiko():
    import paramiko

    listed = [line.split()[1] for line in open(authorized_keys) if line.strip()]

    class Server(paramiko.ServerInterface):
        def get_allowed_auths(self, username):
            return "publickey"

        def check_auth_publickey(self, username, key):
            return paramiko.AUTH_SUCCESSFUL if key.get_base64() in listed else paramiko.AUTH_FAILED

        def check_channel_request(self, kind, chanid):
            return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

        def check_channel_exec_request(self, channel, command):
            threading.Thread(target=give_back, args=(channel,), daemon=True).start()
            return True

    def give_back(channel):
        while data := channel.recv(32768):
            channel.sendall(data)
        channel.send_exit_status(7)
        channel.close()

    def serve(connection):
        try:
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            transport.start_server(server=Server())
        except (paramiko.SSHException, EOFError, OSError):
            connection.close()

    key = paramiko.Ed25519Key.from_private_key_file(host_key)
    listener = socket.create_server(("127.0.0.1", int(port)))
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


async def with_asyncssh():
    import asyncssh

    async def give_back(process):
        while data := await process.stdin.read(32768):
            process.stdout.write(data)
        process.exit(7)

    await asyncssh.listen(
        "127.0.0.1", int(port), server_host_keys=[host_key], authorized_client_keys=authorized_keys, process_factory=give_back, encoding=None)
    await asyncio.Event().wait()


with_paramiko() if library == "paramiko" else asyncio.run(with_asyncssh())
