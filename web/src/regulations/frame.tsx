/** What stands around every page of one regulation: its name, its state, its pages. */
import { CheckCircleOutlined, ExclamationCircleOutlined, WarningOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Regulation, RegulationDetail } from '../api/types';
import { Failed, Loading } from '../app/states';
import { Badge, PageHead, type Tone } from '../shared/page';
import { useText } from '../shared/text';
import { useRegulation } from './queries';
import { inWords, stateCode, stateTone } from './regulation';
import './regulations.css';

const ICONS: Record<Tone, ReactNode> = { good: <CheckCircleOutlined />, warn: <WarningOutlined />, bad: <ExclamationCircleOutlined />, plain: null };

/** 现行有效 / 未确认 / 已失效（自 2026-05-07）, and what else a reader must know. */
export function StateBadges({ regulation }: { regulation: Regulation }) {
  const t = useText();
  const tone = stateTone(regulation);
  const also = regulation.banners.filter((banner) => !['unconfirmed', 'lapsed', 'continued'].includes(banner));
  return (
    <span className="badges">
      <Badge tone={tone} icon={ICONS[tone]}>
        {t.code('regulations.state', stateCode(regulation))}
        {regulation.lapsed_since && ` · ${t('regulations.since', { day: regulation.lapsed_since })}`}
      </Badge>
      {also.map((banner) => <Badge key={banner}>{t.code('rules.banner', banner)}</Badge>)}
    </span>
  );
}

const TABS = [
  { to: '/regulations/$id', tab: 'articles' },
  { to: '/regulations/$id/compliance', tab: 'compliance' },
  { to: '/regulations/$id/readings', tab: 'readings' },
  { to: '/regulations/$id/units', tab: 'units' },
  { to: '/regulations/$id/validity', tab: 'validity' },
] as const;
export type Tab = (typeof TABS)[number]['tab'];

export function RegulationFrame({ id, tab, children }: { id: string; tab: Tab; children: (regulation: RegulationDetail) => ReactNode }) {
  const t = useText();
  const found = useRegulation(id);
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const regulation = found.data;
  return (
    <>
      <PageHead title={inWords(t.language, { zh: regulation.title, en: regulation.title_en || regulation.title })}><Link to="/regulations">{t('regulations.all')}</Link></PageHead>
      <div className="regulation-state"><StateBadges regulation={regulation} />{!regulation.followed && <span className="muted">{t('regulations.not_followed')}</span>}</div>
      {regulation.lapsed_since && <p className="regulation-note">{t('regulations.lapsed_note', { day: regulation.lapsed_since })}</p>}
      <nav className="tabs" aria-label={t('regulations.pages')}>
        {TABS.map(({ to, tab: name }) => <Link key={name} to={to} params={{ id }} search={{}} activeOptions={{ exact: true }} aria-current={name === tab ? 'page' : undefined}>{t(`regulations.tab.${name}`)}</Link>)}
      </nav>
      {children(regulation)}
    </>
  );
}
