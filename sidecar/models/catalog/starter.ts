/** A model file that the hub publishes. */
export interface CatalogEntry {
  /** What the setting `devstral.model` and the command line take. */
  id: string;
  /** Short name, as the status bar shows it. */
  name: string;
  title: string;
  repo: string;
  file: string;
  /** Bytes. */
  size: number;
  sha256: string;
  licence: string;
}

/** Serves while a larger model downloads, where none fits, and in the tests. */
export const starterModel: CatalogEntry = {
  id: 'starter',
  name: 'Starter',
  title: 'Starter (Qwen2.5 Coder 1.5B)',
  repo: 'Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF',
  file: 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf',
  size: 1_117_320_768,
  sha256: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
  licence: 'Apache-2.0',
};
