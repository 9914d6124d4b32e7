/** 单位声明: what a form says of a unit, as the server wants it. Pure. */
export interface Facts {
  classes?: string[];
  squads?: { name?: string; count?: number | null }[];
  stated_need?: number | null;
  conditions_allow?: boolean;
  special_need?: string[];
  officers?: number | null;
  supervision_officers?: number | null;
  both_roles?: number | null;
}

/** Only what was touched: a statement is appended, and what is not stated again goes on counting. */
export function statementsOf(facts: Facts, touched: (name: keyof Facts) => boolean): { key: string; value: unknown }[] {
  const said: { key: string; value: unknown }[] = [];
  const number = (value: number | null | undefined): value is number => typeof value === 'number' && Number.isFinite(value);
  if (touched('classes')) said.push({ key: 'classes', value: facts.classes ?? [] });
  if (touched('squads')) said.push({ key: 'squads', value: (facts.squads ?? []).filter((squad) => squad.name?.trim() && number(squad.count)).map((squad) => ({ name: squad.name!.trim(), count: squad.count })) });
  if (touched('stated_need') && number(facts.stated_need)) said.push({ key: 'stated_need', value: facts.stated_need });
  if (touched('conditions_allow') && facts.conditions_allow !== undefined) said.push({ key: 'conditions_allow', value: facts.conditions_allow });
  if (touched('special_need')) said.push({ key: 'special_need', value: facts.special_need ?? [] });
  const heads = { officers: facts.officers, supervision_officers: facts.supervision_officers, both_roles: facts.both_roles };
  if ((['officers', 'supervision_officers', 'both_roles'] as const).some(touched)) {
    said.push({ key: 'head_count', value: Object.fromEntries(Object.entries(heads).filter(([, value]) => number(value))) });
  }
  return said;
}

/** What the latest statements say, as a form starts with it. */
export function factsOf(stated: { key: string; value: unknown }[]): Facts {
  const of = (key: string) => stated.find((one) => one.key === key)?.value;
  const heads = of('head_count') as Record<string, unknown> | undefined;
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const squads = of('squads') as { name: string; members?: string[]; count?: number | null }[] | undefined;
  return {
    classes: of('classes') as string[] | undefined,
    squads: squads?.map((squad) => ({ name: squad.name, count: squad.count ?? squad.members?.length ?? null })),
    stated_need: number(of('stated_need')),
    conditions_allow: of('conditions_allow') as boolean | undefined,
    special_need: of('special_need') as string[] | undefined,
    officers: number(heads?.officers), supervision_officers: number(heads?.supervision_officers), both_roles: number(heads?.both_roles),
  };
}
