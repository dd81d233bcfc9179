/** A file system without anything: names and texts. What the overlay and the applies are compared with. */
export type PlainFiles = Map<string, string>;

export type Step =
  | { do: 'write'; name: string; text: string }
  /** By the edit tool: the text of one line becomes another. */
  | { do: 'edit'; name: string; line: string; to: string }
  | { do: 'remove'; name: string }
  | { do: 'rename'; name: string; to: string };

/** Does a step; false if it cannot be done. */
export function doPlainly(files: PlainFiles, step: Step): boolean {
  const text = files.get(step.name);
  switch (step.do) {
    case 'write':
      files.set(step.name, step.text);
      return true;
    case 'edit': {
      const parts = text?.split(step.line) ?? [];
      if (parts.length !== 2 || step.line === step.to) return false;
      files.set(step.name, parts.join(step.to));
      return true;
    }
    case 'remove':
      return files.delete(step.name);
    case 'rename':
      if (text === undefined || files.has(step.to)) return false;
      files.set(step.to, text);
      return files.delete(step.name);
  }
}
