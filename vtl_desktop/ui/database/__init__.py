"""The hash-center database: choosing one, building one."""
