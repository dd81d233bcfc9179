import type * as z from 'zod/mini';
import type {
  hostApplyEdit,
  hostDiagnostics,
  hostNewDiagnostics,
  hostReadText,
  hostSymbols,
} from '../protocol/host.ts';

/**
 * All that the sidecar needs from the person or the editor. Two implementations: the LSP connection (`editorHost.ts`)
 * and the terminal (`terminalHost.ts`).
 */
export interface Host {
  /** True where `applyEdit` writes the files itself: what a crash left half done is then rolled back at the next start. */
  readonly writesDisk?: boolean;
  readText(uri: string, signal: AbortSignal): Promise<z.infer<typeof hostReadText.result>>;
  applyEdit(
    params: z.infer<typeof hostApplyEdit.params>,
    signal: AbortSignal,
  ): Promise<z.infer<typeof hostApplyEdit.result>>;
  /** `null` where no language server answers. */
  newDiagnostics(
    params: z.infer<typeof hostNewDiagnostics.params>,
    signal: AbortSignal,
  ): Promise<z.infer<typeof hostNewDiagnostics.result>['added']>;
  /** Absent where there are no language servers: the tools that ask them are not offered then. */
  readonly languages?: LanguageServers;
  /** Key for an origin (scheme, host, port), or null. */
  secret(origin: string): Promise<string | null>;
}

/** The editor's language servers. */
export interface LanguageServers {
  diagnostics(
    params: z.infer<typeof hostDiagnostics.params>,
    signal: AbortSignal,
  ): Promise<z.infer<typeof hostDiagnostics.result>['files']>;
  symbols(
    params: z.infer<typeof hostSymbols.params>,
    signal: AbortSignal,
  ): Promise<z.infer<typeof hostSymbols.result>['places']>;
}
