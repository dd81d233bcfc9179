import {
  type Found,
  type ProjectListing,
  quoted,
  type TestRequest,
  whereItStarts,
  withCoverage,
} from './testCommand.ts';

const javaClass = (filter: string) => filter.replace(/^.*\//, '').replace(/\.(?:java|kt)$/, '');

/** Tests that fail end a build before its report, so that is made by a second run of the program. */
export function maven({ paths, texts }: ProjectListing, { filter, coverage }: TestRequest): Found | null {
  const pom = texts['pom.xml'];
  if (pom === undefined) return null;
  const program = paths.includes('mvnw') ? './mvnw' : 'mvn';
  const which =
    filter === undefined ? '' : ` -Dtest=${quoted(javaClass(filter))} -Dsurefire.failIfNoSpecifiedTests=false`;
  const plain = `${program} -B -q${which} test`;
  const reports = ['target/surefire-reports', '*/target/surefire-reports'];
  if (!coverage) return { command: plain, reports };
  if (!/<artifactId>\s*jacoco-maven-plugin\s*</.test(pom.replaceAll(/<!--[\s\S]*?-->/g, ''))) {
    return { command: plain, reports, noCoverage: 'Coverage needs org.jacoco:jacoco-maven-plugin in pom.xml.' };
  }
  const jacoco = 'org.jacoco:jacoco-maven-plugin';
  // A file of its own for what is recorded: the plugin adds to the one of earlier runs. The goal stands here too where
  // the build has it, which is the same as once.
  const recorded = `${program} -B -q${which} -Djacoco.destFile="$d/jacoco.exec" -Djacoco.dataFile="$d/jacoco.exec" ${jacoco}:prepare-agent test`;
  return {
    command: withCoverage(
      whereItStarts(`${program} -B -q -N ${jacoco}:help`, recorded, plain),
      `[ -e "$d/jacoco.exec" ] && ${program} -B -q -Djacoco.dataFile="$d/jacoco.exec" ${jacoco}:report`,
    ),
    reports,
    coverageReports: ['target/site/jacoco', '*/target/site/jacoco'],
    coverageNeeds: `Coverage needs Maven to have fetched the plugin (${program} ${jacoco}:help), and @{argLine} in an argLine of the pom.`,
  };
}

/** Gradle writes JaCoCo's XML only where a build asks for it; `enabled` was its name before Gradle 6.1. */
const writeXml =
  'projectsEvaluated { rootProject.allprojects { tasks.withType(JacocoReport) { def xml = reports.xml; if (xml.hasProperty("required")) xml.required = true else xml.enabled = true } } }';

const appliesJacoco = /\bid[\s(]+['"]jacoco['"]|\bplugin\s*[:=]\s*['"]jacoco['"]|^\s*`?jacoco`?\s*$/m;

export function gradle({ paths, texts }: ProjectListing, { filter, coverage }: TestRequest): Found | null {
  const name = ['build.gradle', 'build.gradle.kts'].find((each) => texts[each] !== undefined);
  if (name === undefined) return null;
  const program = paths.includes('gradlew') ? './gradlew' : 'gradle';
  const which = filter === undefined ? '' : ` --tests ${quoted(`*${javaClass(filter)}*`)}`;
  const plain = `${program} --console=plain test${which}`;
  const reports = ['build/test-results/*', '*/build/test-results/*'];
  if (!coverage) return { command: plain, reports };
  if (!appliesJacoco.test(texts[name] ?? '')) {
    return { command: plain, reports, noCoverage: `Coverage needs the plugin jacoco in ${name}.` };
  }
  // What is up to date would neither run nor be written anew, and then nobody knows whose report it is.
  const fresh = `${program} --console=plain --no-build-cache`;
  const report = `echo '${writeXml}' > "$d/xml.gradle"; ${fresh} -I "$d/xml.gradle" -q -x test cleanJacocoTestReport jacocoTestReport`;
  return {
    command: withCoverage(`${fresh} cleanTest test${which}`, report),
    reports,
    coverageReports: ['build/reports/jacoco/test', '*/build/reports/jacoco/test'],
    coverageNeeds: `Coverage needs Gradle to have fetched what jacocoTestReport uses (${program} jacocoTestReport).`,
  };
}
