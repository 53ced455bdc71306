"""One command, `vtl-desktop`; its sub-commands mirror the services and import them on use."""
