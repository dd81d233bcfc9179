/** What can be undone: how to do it (again) and how to take it back. */
export interface Command {
  readonly label: string;
  apply(): void;
  revert(): void;
}

/** Linear undo history, as in a text editor. */
export class UndoStack {
  private done: Command[] = [];
  private undone: Command[] = [];
  private readonly limit: number;

  /** `limit`: how many commands are remembered; the oldest ones are forgotten first. */
  constructor(limit = 100) {
    this.limit = limit;
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Labels from the oldest to the newest, for the history menu. */
  get labels(): string[] {
    return this.done.map((command) => command.label);
  }

  /** Run a command and remember it. What was undone before cannot be redone any more. */
  execute(command: Command): void {
    command.apply();
    this.done.push(command);
    this.undone = [];
    if (this.done.length > this.limit) this.done.pop();
  }

  /** Take the newest command back. Returns false if there is none. */
  undo(): boolean {
    const command = this.done.pop();
    if (command === undefined) return false;
    command.revert();
    this.undone.push(command);
    return true;
  }

  /** Do the command again that was undone last. Returns false if there is none. */
  redo(): boolean {
    const command = this.undone.pop();
    if (command === undefined) return false;
    command.apply();
    this.done.push(command);
    return true;
  }
}
