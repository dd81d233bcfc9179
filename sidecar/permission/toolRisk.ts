import { t } from '../protocol/translate.ts';
import type { Risk } from '../tools/tool.ts';

/** The annotations that an MCP server gives a tool (specification 2025-06-18, ToolAnnotations), all optional hints. */
export interface ToolDeclaration {
  readOnlyHint?: boolean | undefined;
  destructiveHint?: boolean | undefined;
  openWorldHint?: boolean | undefined;
}

/**
 * The risk of a foreign tool by what its server declares; what it does not say is taken at its worst, as the specification
 * says. What reaches beyond its server can carry its arguments away, also when it only reads. A server that lies can lower
 * this: servers are approved by the person, their results are not.
 */
export function declaredRisk({ readOnlyHint, destructiveHint, openWorldHint }: ToolDeclaration): {
  risk: Risk;
  reasons: string[];
} {
  if (openWorldHint !== false) return { risk: 'high', reasons: [t('Reaches beyond its server')] };
  if (readOnlyHint === true) return { risk: 'low', reasons: [] };
  if (destructiveHint === false) return { risk: 'medium', reasons: [t('Adds to what its server holds')] };
  return { risk: 'high', reasons: [t('May delete or overwrite')] };
}
