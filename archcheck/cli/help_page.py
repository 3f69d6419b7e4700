"""`archcheck help`."""

from __future__ import annotations

import click

from archcheck.cli.work import write
from archcheck.errors import OK, UsageError


@click.command("help", short_help="The reference: the format, claims, layers, conventions, JSON.")
@click.argument("word", metavar="[TOPIC]", required=False)
@click.pass_context
def help_page(context: click.Context, word: str | None) -> int:
    """Show the reference: a topic, a layer (Conv2d), a convention (fvcore), or a command.

    Example: archcheck help claims
    """
    from archcheck import reference
    from archcheck.reference.layout import listing
    from archcheck.spec.read import did_you_mean

    cli = context.find_root().command
    commands = cli.commands if isinstance(cli, click.Group) else {}
    if word is None:
        topics = listing((name, topic.about) for name, topic in reference.TOPICS.items())
        names = ", ".join(sorted(commands))
        write(f"archcheck help TOPIC, where TOPIC is one of\n\n{topics}\n\nor a command: {names}\n", "-")
    elif word in commands:
        command = commands[word]
        write(command.get_help(click.Context(command, context.find_root(), info_name=word)), "-")
    elif word in reference.words():
        write(reference.text_of(word), "-")
    else:
        known = (*reference.words(), *commands)
        near = did_you_mean(word, known)
        raise UsageError(f"help {word}: no such topic{near}; topics are {', '.join(reference.TOPICS)}")
    return OK
