import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { type FileCoverage, LineHits } from './lineHits.ts';
import { readReports } from './readProject.ts';

/** JaCoCo's report.dtd; a `group` is a module of an aggregated report. */
interface Group {
  group?: Group[];
  package?: Package[];
}
interface Package {
  name?: string;
  sourcefile?: { name?: string; line?: { nr: string; ci: string }[] }[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (name) => ['group', 'package', 'sourcefile', 'line'].includes(name),
});

/** Lines by source file (`package/File.java`), null if it is no report of JaCoCo. A line ran if any of its instructions did. Pure. */
export function readJacoco(xml: string): FileCoverage[] | null {
  let parsed: { report?: Group | string };
  try {
    parsed = parser.parse(xml);
  } catch {
    return null;
  }
  const { report } = parsed;
  if (report === undefined) return null;
  const hits = new LineHits();
  if (typeof report === 'object') addGroup(report, hits);
  return hits.files();
}

function addGroup(group: Group, hits: LineHits): void {
  for (const inner of group.group ?? []) addGroup(inner, hits);
  for (const { name: folder = '', sourcefile = [] } of group.package ?? []) {
    for (const { name = '', line = [] } of sourcefile) {
      const file = folder === '' ? name : `${folder}/${name}`;
      for (const { nr, ci } of line) hits.add(file, Number(nr), Number(ci));
    }
  }
}

/** Where the build tools look for sources that nobody placed otherwise. */
const sourceFolders = ['src/main/java', 'src/main/kotlin', 'src/main/groovy', 'src/main/scala'];

/** The reports that a run left since `since` (ms), each file by its path in the project; null if there are none. */
export async function readJacocoReports(
  root: string,
  patterns: readonly string[],
  since: number,
): Promise<FileCoverage[] | null> {
  const found = (await readReports(root, patterns, since)).flatMap(({ folder, text }) => {
    const module = relative(root, folder).split(sep).join('/').replace(reportFolder, '');
    return readJacoco(text)?.map((entry) => ({ ...entry, file: sourcePath(root, module, entry.file) })) ?? [];
  });
  return found.length > 0 ? found : null;
}

/** Below a module: `target/…` of Maven, `build/…` of Gradle. */
const reportFolder = /(?:^|(?<=\/))(?:target|build)\/.*$/;

function sourcePath(root: string, module: string, file: string): string {
  const path = sourceFolders.map((folder) => `${module}${folder}/${file}`).find((each) => existsSync(join(root, each)));
  return path ?? `${module}${file}`;
}
