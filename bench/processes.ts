import { type ChildProcess, fork } from 'node:child_process';
import { limitNewSpace } from '../core/node/new-space.ts';
import { within } from './measure.ts';

/** What a role answers: one function a command. Arguments and results travel as JSON. */
export type Commands = Record<string, (args: never) => unknown>;

type ArgsOf<C extends Commands, K extends keyof C> = Parameters<C[K]> extends [] ? [] : Parameters<C[K]>;
interface Question {
  readonly id: number;
  readonly command: string;
  readonly args: unknown;
}
type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

/** Number of the answer that every role gives unasked. */
const LOADED = 0;
const ANSWER_LIMIT_MS = 240_000;
const START_LIMIT_MS = 60_000;

/** A process of the benchmark that plays one role. */
export class RoleProcess<C extends Commands> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  /** The role's code is loaded. @throws when its process ends before. */
  readonly loaded: Promise<unknown>;
  #lastId = LOADED;

  constructor(role: string, child: ChildProcess) {
    this.#child = child;
    this.loaded = this.#answerTo(LOADED);
    child.on('message', (message) => this.#answered(message as Answer));
    child.once('exit', (code, signal) => this.#failAll(new Error(`the ${role} process ended (${signal ?? code})`)));
    child.on('error', (error) => this.#failAll(error));
  }

  /** @throws what the role threw, as text; after four minutes; when the process ends. */
  ask<K extends keyof C & string>(command: K, ...args: ArgsOf<C, K>): Promise<Awaited<ReturnType<C[K]>>> {
    const question: Question = { id: ++this.#lastId, command, args: args[0] };
    const answer = this.#answerTo(question.id);
    this.#child.send(question);
    return within(ANSWER_LIMIT_MS, command, answer) as Promise<Awaited<ReturnType<C[K]>>>;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #answerTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.value);
  }
}

/** The processes of one part of the benchmark; `end` leaves none of them behind. */
export class Processes {
  readonly #all: RoleProcess<Commands>[] = [];
  readonly #onExit = () => this.#killAll();

  constructor() {
    process.on('exit', this.#onExit);
  }

  /** Starts a role; resolves when its code is loaded. */
  async start<C extends Commands>(role: string, { gc = false }: { gc?: boolean } = {}): Promise<RoleProcess<C>> {
    const execArgv = [...process.execArgv, ...(gc ? ['--expose-gc'] : [])];
    const child = fork(process.argv[1]!, ['--role', role], {
      execArgv,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const started = new RoleProcess<C>(role, child);
    this.#all.push(started as unknown as RoleProcess<Commands>);
    await within(START_LIMIT_MS, `start of ${role}`, started.loaded);
    return started;
  }

  end(): void {
    process.off('exit', this.#onExit);
    this.#killAll();
  }

  #killAll(): void {
    for (const one of this.#all) one.kill();
    this.#all.length = 0;
  }
}

/** The other side: answers the questions of the parent until it is gone. */
export function serveRole(commands: Commands): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question) => void answer(commands, question as Question));
  process.send!({ id: LOADED, value: undefined } satisfies Answer);
}

async function answer(commands: Commands, { id, command, args }: Question): Promise<void> {
  try {
    const value = await commands[command]!(args as never);
    // The first command starts the role's nodes.
    await limitNewSpace();
    process.send!({ id, value } satisfies Answer);
  } catch (error) {
    process.send!({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
