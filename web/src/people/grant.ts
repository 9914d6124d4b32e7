/** 角色: which there are, which go together, and what a grant would change. Pure; the server decides. */
export const ROLES = ['officer', 'custodian', 'unit_head', 'leader', 'legal_office', 'judicial_bureau', 'system_admin', 'security_admin', 'audit_admin'] as const;

const administers = (role: string) => role.endsWith('_admin');

/** 三员分立: an administrator has one role and sees no content. Which roles can still be added to those chosen. */
export function goesWith(chosen: readonly string[], role: string): boolean {
  return chosen.every((other) => other === role || (!administers(other) && !administers(role)));
}

export function change(held: readonly string[], wanted: readonly string[]): { added: string[]; taken: string[] } {
  return { added: wanted.filter((role) => !held.includes(role)), taken: held.filter((role) => !wanted.includes(role)) };
}
