/** 单位树. The server sends units as a flat list; a picker and the people page want them as a tree. */
import type { Unit } from '../api/types';

export interface UnitNode { unit: Unit; children: UnitNode[] }

/** Pure: parents before children, siblings in the order given. A unit whose parent is not in the list, or that stands in a
 *  circle, becomes a root, so that none is ever lost. */
export function unitTree(units: Unit[]): UnitNode[] {
  const nodes = new Map(units.map((unit) => [unit.id, { unit, children: [] as UnitNode[] }]));
  const roots: UnitNode[] = [];
  for (const node of nodes.values()) {
    const parent = node.unit.parent_id === null ? undefined : nodes.get(node.unit.parent_id);
    if (parent && !isAbove(node, parent, nodes)) parent.children.push(node);
    else roots.push(node);
  }
  return roots;
}

/** Is `node` an ancestor of `below` (or the same)? */
function isAbove(node: UnitNode, below: UnitNode, nodes: Map<string, UnitNode>): boolean {
  const seen = new Set<UnitNode>();
  let at: UnitNode | undefined = below;
  while (at && !seen.has(at)) {
    if (at === node) return true;
    seen.add(at);
    at = at.unit.parent_id === null ? undefined : nodes.get(at.unit.parent_id);
  }
  return false;
}

/** Pure: the tree as lines of a select box, indented by depth. */
export function unitOptions(units: Unit[]): { value: string; label: string; name: string }[] {
  const lines: { value: string; label: string; name: string }[] = [];
  const walk = (nodes: UnitNode[], depth: number) => {
    for (const { unit, children } of nodes) {
      lines.push({ value: unit.id, label: '\u3000'.repeat(depth) + unit.name, name: unit.name });
      walk(children, depth + 1);
    }
  };
  walk(unitTree(units), 0);
  return lines;
}

/** Pure: is `unit` below `above`, at any depth? Not the same one; a circle ends the walk. */
export function isBelow(units: readonly Pick<Unit, 'id' | 'parent_id'>[], unit: string, above: string): boolean {
  const parents = new Map(units.map((one) => [one.id, one.parent_id]));
  const seen = new Set([unit]);
  let at = parents.get(unit);
  while (at && !seen.has(at)) {
    if (at === above) return true;
    seen.add(at);
    at = parents.get(at);
  }
  return false;
}
