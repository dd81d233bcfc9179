export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  /** The newest warnings and errors, redacted, for "Copy Diagnostics". */
  recentProblems(): string[];
}

const kept = 20;

/** Keys and tokens must not reach a log, whoever puts them there. */
export function redact(text: string): string {
  return text
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [redacted]')
    .replace(/\b(sk|hf|key|xox[abp])[-_][\w-]{6,}/g, '[redacted]')
    .replace(/(https?:\/\/)[^/\s:@]+:[^/\s@]+@/g, '$1[redacted]@');
}

/** A log that redacts, stamps and remembers its last problems. */
export function createLog(write: (line: string) => void): Log {
  const problems: string[] = [];
  const emit = (level: string, text: string) => {
    const line = `${new Date().toISOString()} [${level}] ${redact(text)}`;
    if (level !== 'info') {
      problems.push(line);
      if (problems.length > kept) problems.shift();
    }
    write(line);
  };
  return {
    info: (text) => emit('info', text),
    warn: (text) => emit('warning', text),
    error: (text) => emit('error', text),
    recentProblems: () => [...problems],
  };
}
