/** The commands as commander sees them: help with examples, options, and what runs. */
import { Argument, Command as Commander } from "commander";
import type { AnyCommand, Result } from "./command.ts";
import { commands } from "./commands.ts";
import { exitCodesText } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { optionOf } from "./options.ts";
import { version } from "./version.ts";

const name = "hybrid-data-adapter";

const about = `Moves the records of an app from the browser's localStorage to PostgreSQL without losing one, and proves it.

Every command asks a server: one elsewhere (--to https://…), or one in this process on a PostgreSQL
(--to postgres://…) or on an embedded database (--to <folder>, the default).`;

const overview = `
Examples:
  ${name} audit school.json               what is in it; writes nothing
  ${name} migrate school.json --dry-run   everything but the writes
  ${name} migrate school.json             move it, and prove it
  ${name} verify                          prove it again
  ${name} demo                            see all of it on a sample school

Environment:
  DATABASE_URL         instead of --to
  HDA_OWNER_URL        instead of --owner-url
  HDA_TOKEN            instead of --token
  HDA_SECRET           of the server's tokens, at least 32 characters
  HDA_BACKUP_PASSWORD  instead of --password-file
  HDA_DEBUG=1          where an error comes from
${exitCodesText}`;

/** @param finish takes what a command found */
export function createProgram(io: Io, finish: (result: Result) => void): Commander {
  const program = new Commander(name)
    .description(about)
    .version(version)
    .addHelpText("after", overview)
    .exitOverride()
    // An option behind a command of two words is the second one's, though the first has one of the same name.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // The caller says it once, like every other failure.
      outputError: () => {},
    });
  for (const command of commands) add(program, command, io, finish);
  return program;
}

function add(program: Commander, command: AnyCommand, io: Io, finish: (result: Result) => void): void {
  const sub = program.command(command.name).description(command.summary);
  for (const second of command.subcommands ?? []) add(sub, second, io, finish);
  const { argument } = command;
  if (argument) {
    const words = argument.many ? `${argument.name}...` : argument.name;
    const usage = argument.required ? `<${words}>` : `[${words}]`;
    sub.addArgument(new Argument(usage, argument.summary));
  }
  for (const option of [...command.options, "json" as const]) sub.addOption(optionOf(option));
  const width = Math.max(...command.examples.map(([line]) => line.length));
  const examples = command.examples.map(
    ([line, what]) => `  ${exampleOf(line).padEnd(width + name.length + 3)}${what}`,
  );
  sub.addHelpText("after", `\nExamples:\n${examples.join("\n")}\n${exitCodesText}`);
  sub.action(async (...given: unknown[]) => {
    const options = { ...sub.opts(), ...(argument ? { [argument.name]: given[0] } : {}) };
    // Each command's options are what its list of names makes; commander knows them by name alone.
    finish(await command.run(options as never, io));
  });
}

/** Lines that set a variable first name the program themselves. */
const exampleOf = (line: string): string => (line.includes(`${name} `) ? line : `${name} ${line}`);
