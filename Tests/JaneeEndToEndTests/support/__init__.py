"""Helpers of the end-to-end tests: upstream servers, MCP clients, homes, leak detection."""
