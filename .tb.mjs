// quick: bundle given tests
import { build } from 'esbuild';
const names=process.argv.slice(2);
await build({ entryPoints: names.map(n=>`test/${n}.test.ts`), outbase:'test', bundle:true, platform:'node', target:'node20', format:'esm', packages:'external', sourcemap:true, define:{DEVSTRAL_VERSION:'"0.1.0"'}, banner:{js:"import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"}, outdir:'dist/test', outExtension:{'.js':'.mjs'}});
