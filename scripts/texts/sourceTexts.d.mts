export interface SourceText {
  file: string;
  line: number;
  kind: 'template' | 'string' | 'jsx';
  text: string;
  call?: string;
}
export function sourceFiles(folders: readonly string[]): string[];
export function sourceTexts(files: readonly string[]): Promise<SourceText[]>;
