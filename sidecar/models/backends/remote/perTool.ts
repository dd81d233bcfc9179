import type { Tool } from '../../backend.ts';

/**
 * A sum over tools of what is reckoned from each as text. Their schemas are the same objects in every turn, and to write and
 * measure all of them takes milliseconds in which nothing else of this process goes on.
 */
export function sumPerTool(measure: (tool: Tool) => number): (tools: readonly Tool[]) => number {
  const known = new WeakMap<object, Map<string, number>>();
  const ofOne = (tool: Tool): number => {
    const bySchema = known.get(tool.parameters) ?? new Map<string, number>();
    known.set(tool.parameters, bySchema);
    const told = `${tool.name}\n${tool.description}`;
    const measured = bySchema.get(told) ?? measure(tool);
    bySchema.set(told, measured);
    return measured;
  };
  return (tools) => tools.reduce((sum, tool) => sum + ofOne(tool), 0);
}
