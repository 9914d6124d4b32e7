/** What stands around the pages of provision: what is owed and there, service life and use, plans, sites, purchases, money, the office standard. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { PageHead } from '../shared/page';
import { useText } from '../shared/text';
import './sufficiency.css';

const TABS = [
  { to: '/equipment/sufficiency', tab: 'overview' },
  { to: '/equipment/sufficiency/readiness', tab: 'readiness' },
  { to: '/equipment/sufficiency/plans', tab: 'plans' },
  { to: '/equipment/sufficiency/sites', tab: 'sites' },
  { to: '/equipment/sufficiency/purchases', tab: 'purchases' },
  { to: '/equipment/sufficiency/budget', tab: 'budget' },
  { to: '/equipment/sufficiency/standards', tab: 'standards' },
] as const;
export type SufficiencyTab = (typeof TABS)[number]['tab'];

export function SufficiencyFrame({ tab, actions, children }: { tab: SufficiencyTab; actions?: ReactNode; children: ReactNode }) {
  const t = useText();
  return (
    <>
      <PageHead title={t('sufficiency.title')}>{actions}</PageHead>
      <nav className="tabs" aria-label={t('sufficiency.pages')}>
        {TABS.map(({ to, tab: name }) => <Link key={name} to={to} search={{}} activeOptions={{ exact: true }} aria-current={name === tab ? 'page' : undefined}>{t(`sufficiency.tab.${name}`)}</Link>)}
      </nav>
      {children}
    </>
  );
}
