"""A destination that tells what it was asked: every request becomes a line on standard output.

usage: recording_server.py PORT HOST_KEY AUTHORIZED_KEYS
The command of a session says how it ends:
  status N | signal NAME CORE MESSAGE | wait (until end of input) | anything else: status 0
"""
import asyncio, json, logging, sys

import warnings
warnings.simplefilter("ignore")
import asyncssh

logging.disable(logging.CRITICAL)


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Session(asyncssh.SSHServerSession):
    def connection_made(self, channel):
        self.channel = channel
        self.input = b""
        self.command = ""

    def pty_requested(self, term_type, term_size, term_modes):
        tell("pty", term=term_type, size=list(term_size), modes={str(k): v for k, v in term_modes.items()})
        return True

    def shell_requested(self):
        tell("shell")
        return True

    def exec_requested(self, command):
        tell("exec", command=command)
        self.command = command
        return command != "refused"

    def subsystem_requested(self, subsystem):
        tell("subsystem", name=subsystem)
        return subsystem == "echo"

    def session_started(self):
        tell("environment", names=list(self.channel.get_environment().items()))
        self.channel.write(b"ready\n")
        word, *rest = self.command.split() or [""]
        if word == "status":
            self.channel.write_stderr(b"to the error output\n")
            self.channel.exit(int(rest[0]))
        elif word == "signal":
            self.channel.exit_with_signal(rest[0], rest[1] == "core", " ".join(rest[2:]), "en")
        elif word == "close":
            self.channel.close()

    def data_received(self, data, datatype):
        self.input += data
        self.channel.write(data, datatype)

    def terminal_size_changed(self, width, height, pixwidth, pixheight):
        tell("window-change", size=[width, height, pixwidth, pixheight])

    def signal_received(self, signal):
        tell("signal", name=signal)
        self.channel.write(f"signal {signal}\n".encode())

    def break_received(self, msec):
        tell("break", milliseconds=msec)
        self.channel.write(f"break {msec}\n".encode())
        return True

    def soft_eof_received(self):
        tell("soft-eof")

    def eof_received(self):
        tell("eof", received=len(self.input))
        self.channel.exit(0)
        return False

    def connection_lost(self, exc):
        tell("channel-closed", error=type(exc).__name__ if exc else None)


class Server(asyncssh.SSHServer):
    def session_requested(self):
        return self.connection.create_server_channel(encoding=None), Session()

    def connection_made(self, connection):
        self.connection = connection


async def main():
    port, host_key, authorized_keys = sys.argv[1:]
    await asyncssh.create_server(
        Server, "127.0.0.1", int(port), server_host_keys=[host_key], authorized_client_keys=authorized_keys, line_editor=False)
    await asyncio.Event().wait()


asyncio.run(main())
