/** What stands around the pages of people: who there is, who answers for what, who hands over to whom. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useCan } from '../session/session';
import { PageHead } from '../shared/page';
import { useText } from '../shared/text';

const TABS = [
  { to: '/people', tab: 'officers', needs: 'people.list' },
  { to: '/people/responsibility', tab: 'responsibility', needs: 'responsibility.list' },
  { to: '/people/handovers', tab: 'handovers', needs: 'handover.list' },
] as const;
export type PeopleTab = (typeof TABS)[number]['tab'];

export function PeopleFrame({ tab, actions, children }: { tab: PeopleTab; actions?: ReactNode; children: ReactNode }) {
  const t = useText();
  const can = useCan();
  const tabs = TABS.filter(({ needs }) => can(needs));
  return (
    <>
      <PageHead title={t('people.title')}>{actions}</PageHead>
      {tabs.length > 1 && (
        <nav className="tabs" aria-label={t('people.pages')}>
          {tabs.map(({ to, tab: name }) => <Link key={name} to={to} search={{}} activeOptions={{ exact: true }} aria-current={name === tab ? 'page' : undefined}>{t(`people.tab.${name}`)}</Link>)}
        </nav>
      )}
      {children}
    </>
  );
}
