/** What stands around the pages of the equipment: 台账 · 领还台 · 办理事项 · 型号 · 保养计划 · 文书. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useCan } from '../session/session';
import { PageHead } from '../shared/page';
import { useText } from '../shared/text';
import './equipment.css';

const TABS = [
  { to: '/equipment', tab: 'register', needs: 'device.list' },
  { to: '/equipment/desk', tab: 'desk', needs: 'device.manage' },
  { to: '/equipment/orders', tab: 'orders', needs: 'device.list' },
  { to: '/equipment/models', tab: 'models', needs: 'device.list' },
  { to: '/equipment/upkeep', tab: 'upkeep', needs: 'device.list' },
  { to: '/equipment/documents', tab: 'documents', needs: 'document.list' },
] as const;
export type Tab = (typeof TABS)[number]['tab'];

export function EquipmentFrame({ tab, actions, children }: { tab: Tab; actions?: ReactNode; children: ReactNode }) {
  const t = useText();
  const can = useCan();
  return (
    <>
      <PageHead title={t('equipment.title')}>{actions}</PageHead>
      <nav className="tabs" aria-label={t('equipment.pages')}>
        {TABS.filter(({ needs }) => can(needs)).map(({ to, tab: name }) => <Link key={name} to={to} search={{}} activeOptions={{ exact: true }} aria-current={name === tab ? 'page' : undefined}>{t(`equipment.tab.${name}`)}</Link>)}
      </nav>
      {children}
    </>
  );
}
