"""A client of the 1.x SDK under remote control, run by the interpreter that has that SDK.

Usage: python -I mcp1_client.py '{"command", "args", "env", "cwd", "version"}'
Each line of standard input is an order `{"id", "method", "params"}`, each line of standard output what came of one:
`{"id", "result"}` or `{"id", "error"}`. The first line says what the handshake agreed on, `{"initialized"}`; lines with
`{"unexpected"}` are what the SDK could not place; the end of the input closes the session, and `{"closed"}` comes last.
"""

import json
import sys
from datetime import timedelta

import anyio
import mcp.types as types
from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client


def say(**document):
    """Write one line."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


class Remote:
    """Carries out orders, each in a task of its own."""

    def __init__(self, session):
        self.session = session
        self.calls = {}

    async def run(self):
        """Take orders until there are no more."""
        async with anyio.create_task_group() as group:
            async for line in anyio.wrap_file(sys.stdin):
                group.start_soon(self.obey, json.loads(line))
            group.cancel_scope.cancel()

    async def obey(self, order):
        """Carry out one order and say what came of it."""
        try:
            result = await getattr(self, order["method"])(order["id"], **order.get("params", {}))
        except McpError as error:
            say(id=order["id"], error={"code": error.error.code, "message": error.error.message})
        else:
            say(id=order["id"], result=result)

    async def list_tools(self, _):
        """Ask for the tools."""
        return plain(await self.session.list_tools())

    async def ping(self, _):
        """Ask whether anybody is there."""
        return plain(await self.session.send_ping())

    async def call(self, id, tool, arguments, patience=None):
        """Call a tool."""
        self.calls[id] = self.session._request_id  # what the SDK numbers its next request; nothing public tells
        limit = None if patience is None else timedelta(seconds=patience)
        return plain(await self.session.call_tool(tool, arguments, read_timeout_seconds=limit))

    async def cancel(self, _, call):
        """Tell the server that nobody wants the answer of a call; this line of the SDK does so for nobody."""
        params = types.CancelledNotificationParams(requestId=self.calls[call], reason="not wanted any more")
        await self.session.send_notification(types.ClientNotification(types.CancelledNotification(params=params)))
        return {}


def plain(model):
    """A model of the SDK as JSON."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


async def report(message):
    """Say what the SDK could not place."""
    if isinstance(message, Exception):
        say(unexpected=str(message))


async def main(command, args, env, cwd, version):
    """Connect, obey, leave."""
    if version is not None:
        types.LATEST_PROTOCOL_VERSION = version
    async with stdio_client(StdioServerParameters(command=command, args=args, env=env, cwd=cwd)) as streams:
        async with ClientSession(*streams, message_handler=report) as session:
            say(initialized=plain(await session.initialize()))
            await Remote(session).run()
    say(closed=True)


if __name__ == "__main__":
    anyio.run(lambda: main(**json.loads(sys.argv[1])))
