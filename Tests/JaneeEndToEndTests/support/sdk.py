"""The official Python SDK as a client of `janee serve`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import CallToolResult, TextContent

from .home import JaneeHome
from .upstream import PATIENCE

MODES = ["legacy", "2026-07-28", "auto"]


def in_session(home: JaneeHome, mode: str, work: Callable[[Client], Awaitable[None]], agent: str = "alice") -> None:
    """Run `work` with a connected SDK client."""

    async def main() -> None:
        command, *arguments = home.server_command()
        parameters = StdioServerParameters(
            command=command, args=arguments, env=home.server_environment(agent), cwd=home.root
        )
        async with Client(parameters, mode=mode, read_timeout_seconds=PATIENCE) as client:
            await work(client)

    anyio.run(main)


def text_of(result: CallToolResult) -> str:
    """The one text item of a result."""
    assert len(result.content) == 1 and isinstance(result.content[0], TextContent)
    return result.content[0].text


def data_of(result: CallToolResult) -> Any:
    """The JSON in the one text item of a result."""
    return json.loads(text_of(result))


async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Wait for a blocking function without blocking the client."""
    return await anyio.to_thread.run_sync(function, *arguments)
