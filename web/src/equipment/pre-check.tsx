/** 使用前检查: what the regulation wants looked at before a device goes out, and the three answers a row can have. */
import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { post } from '../api/client';
import type { ArticleRef, Explained } from '../api/types';
import { Basis } from '../regulations/basis';
import { useMe } from '../session/session';
import { dayOf } from '../shared/format';
import { useText } from '../shared/text';
import type { Checked } from './acts';

interface Answer { verdict: { required: boolean; items: string[] }; articles: ArticleRef[] }

/** Asked of the rules, as everything that has an article. Without a regulation nothing is offered. */
export function usePreCheck(): { items: string[]; required: boolean; articles: ArticleRef[] } {
  const profile = useMe().agency?.profile ?? '';
  const { data } = useQuery({
    queryKey: ['explain', profile, 'pre-check'], enabled: profile !== '', staleTime: 300_000, retry: false,
    queryFn: () => post<Explained>(`/regulations/${encodeURIComponent(profile)}/explain`, { question: 'pre-check', facts: { on: dayOf(Date.now()) } }),
  });
  const answer = data?.answer as Partial<Answer> | undefined;
  return { items: answer?.verdict?.items ?? [], required: answer?.verdict?.required ?? false, articles: answer?.articles ?? [] };
}

interface Props { value?: Checked; onChange?: (value: Checked) => void; id?: string; label: string }
/** One control a row: not looked at, all fine, or which items failed. */
export function CheckPicker({ value, onChange, id, label }: Props) {
  const t = useText();
  const { items } = usePreCheck();
  const chosen = !value || value.check === 'open' ? ['open'] : value.check === 'fine' ? ['fine'] : [...value.failed];
  const choose = (next: string[]) => {
    const last = next[next.length - 1];
    if (last === undefined || last === 'open') onChange?.({ items, check: 'open', failed: [] });
    else if (last === 'fine') onChange?.({ items, check: 'fine', failed: [] });
    else onChange?.({ items, check: 'failed', failed: next.filter((item) => items.includes(item)) });
  };
  const options = [
    { value: 'open', label: t('equipment.check.open') }, { value: 'fine', label: t('equipment.check.fine') },
    ...items.map((item) => ({ value: item, label: t('equipment.check.not', { item: t.code('rules.word', `PreCheckItem.${item}`) }) })),
  ];
  return <Select id={id} mode="multiple" className="check-picker" value={chosen} onChange={choose} options={options} aria-label={label} showSearch={false} popupMatchSelectWidth={false} status={value?.check === 'failed' ? 'error' : undefined} />;
}

/** 须检查：…（依据） */
export function PreCheckHint() {
  const t = useText();
  const { items, required, articles } = usePreCheck();
  if (items.length === 0) return null;
  const list = items.map((item) => t.code('rules.word', `PreCheckItem.${item}`)).join(t('equipment.comma'));
  return <span className="muted">{required ? t('equipment.check.required', { list }) : t('equipment.check.offered', { list })} <Basis articles={articles} ours={!required} /></span>;
}
