/** What is known of a project: names in its folder, `tests/…` below it included, and the texts of its manifests. */
export interface ProjectListing {
  /** Relative paths with `/`, two levels deep. */
  paths: readonly string[];
  /** By relative path; those of `manifests`. */
  texts: Readonly<Record<string, string>>;
}

export interface TestRequest {
  /** A file, a folder or part of a test's name. */
  filter?: string;
  coverage?: boolean;
}

export interface TestCommand {
  command: string;
  /** Folders in which the runner leaves JUnit reports, relative; a `*` stands for any names between slashes. */
  reports: readonly string[];
  /** Folders in which the run leaves JaCoCo's reports, named in the same way. */
  coverageReports: readonly string[];
  /** Path in go.mod, for names of files. */
  goModule: string;
  /** Why there will be no coverage although it was asked for; null otherwise. */
  noCoverage: string | null;
  /** What to do where none was written after all; null: nothing that is known. */
  coverageNeeds: string | null;
}

/** What stands before the coverage in an output: the command prints it last, because a sandbox keeps its /tmp for itself. */
export const coverageMark = '===== coverage =====';

/** What one kind of project answers; the rest has defaults. */
export type Found = Pick<TestCommand, 'command'> & Partial<TestCommand>;

/** One word for any POSIX shell. Pure. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Puts `measured` where the program that it needs answers, else what runs the tests all the same. Pure. */
export const whereItStarts = (probe: string, measured: string, plain: string) =>
  `if ${probe} >/dev/null 2>&1; then ${measured}; else ${plain}; fi`;

/** Runs tests, then prints the file `$f` that they or `report` wrote; the exit code is that of the tests. Pure. */
export const withCoverage = (tests: string, report = ':') =>
  `d=$(mktemp -d); f="$d/coverage"; ${tests}; code=$?; ${report}; echo; echo '${coverageMark}'; cat "$f" 2>/dev/null; rm -r "$d"; exit $code`;

/** Whether a filter names a file or folder, not a test. Pure. */
export const isPath = (filter: string) => /[/\\]|\.\w+(?:::|$)/.test(filter);
