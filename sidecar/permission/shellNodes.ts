/** The grammar of bash, as far as scripts are read: types of nodes (tree-sitter-bash, `node-types.json`). */

/** Nodes that hold statements. */
export const containers = new Set([
  'program',
  'list',
  'subshell',
  'compound_statement',
  'negated_command',
  'if_statement',
  'elif_clause',
  'else_clause',
  'while_statement',
  'do_group',
  'case_item',
  'command_substitution',
  'process_substitution',
  'variable_assignments',
]);

/** Nodes that are words, or parts of them. */
export const wordLike = new Set([
  'word',
  'number',
  'string',
  'raw_string',
  'ansi_c_string',
  'translated_string',
  'concatenation',
  'simple_expansion',
  'expansion',
  'command_substitution',
  'process_substitution',
  'arithmetic_expansion',
  'brace_expression',
  '$',
]);

/** Nodes that only the run replaces by a text. */
export const expansionTypes = new Set([
  'simple_expansion',
  'expansion',
  'command_substitution',
  'process_substitution',
  'arithmetic_expansion',
]);

/** Words that bash does not take for a program where the grammar does. */
export const reserved =
  /^(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|select|in|function|coproc|\{|\}|!|\[\[|\]\])$/;

/** What may stand between statements. */
export const operators =
  /^(?:&&|\|\||[|;&(){}!]|\|&|;;|;&|;;&|\n|\$\(|`|[<>]\(|if|then|elif|else|fi|while|until|do|done|for|case|in|esac|function)$/;

export const redirectOperators = /^(?:>|>>|<|&>|&>>|>&|<&|>\|)$/;
