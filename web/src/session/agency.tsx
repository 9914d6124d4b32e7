/** Whose pages a body above all agencies looks at (司法行政部门): theirs to choose; everybody else sees their own. */
import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState, type ReactNode } from 'react';
import { get } from '../api/client';
import type { Agency, Page } from '../api/types';
import { useText } from '../shared/text';
import { useMe } from './session';

/** Kept from page to page until the window is closed. */
let chosen: string | undefined;

/** `agency` goes into the query, undefined for the reader's own; nothing is asked before it is `known`. */
export function useAgencyAsked(): { agency: string | undefined; known: boolean; picker: ReactNode } {
  const t = useText();
  const above = useMe().agency === null;
  const [picked, setPicked] = useState(chosen);
  const agencies = useQuery({ queryKey: ['/agencies'], queryFn: () => get<Page<Agency>>('/agencies'), enabled: above }).data?.items ?? [];
  if (!above) return { agency: undefined, known: true, picker: null };
  const agency = picked ?? agencies[0]?.id;
  const pick = (id: string) => {
    chosen = id;
    setPicked(id);
  };
  const picker = <Select style={{ width: 280 }} aria-label={t('people.agency')} value={agency} onChange={pick} options={agencies.map((one) => ({ value: one.id, label: one.name }))} />;
  return { agency, known: agency !== undefined, picker };
}
