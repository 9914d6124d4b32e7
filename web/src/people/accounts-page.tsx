/** 账号与授权: who may sign in and as what; what one person asks for and a second one confirms. */
import { CheckCircleOutlined, ClockCircleOutlined, StopOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { post, put, remove } from '../api/client';
import type { Account, Grant } from '../api/types';
import { useCan, useMe } from '../session/session';
import { DataList, type Column } from '../shared/data-list';
import { formatTime } from '../shared/format';
import { useList } from '../shared/list';
import { Badge, Empty, PageHead, Panel } from '../shared/page';
import { Refusal } from '../shared/refusal';
import { useText, type Text } from '../shared/text';
import { CodeDialog, ContactDialog, RolesDialog } from './account-dialogs';
import { change } from './grant';
import './people.css';

export function AccountsPage() {
  const t = useText();
  const can = useCan();
  return (
    <>
      <PageHead title={t('accounts.title')} />
      <Grants />
      {can('account.list') && <Accounts />}
    </>
  );
}

function roleNames(t: Text, roles: readonly string[]): string {
  return roles.map((role) => t.code('people.role', role)).join(', ') || t('accounts.no_role');
}

function Grants() {
  const t = useText();
  const { message } = App.useApp();
  const client = useQueryClient();
  const list = useList<Grant>('/grants');
  const [code, setCode] = useState<{ account: string; code: string } | null>(null);
  const again = () => {
    for (const key of ['/grants', '/accounts', 'workbench']) void client.invalidateQueries({ queryKey: [key] });
  };
  const confirm = useMutation({
    mutationFn: (grant: Grant) => post<{ code: string | null }>(`/grants/${grant.id}/confirm`),
    onSuccess: (made, grant) => {
      again();
      if (made.code) setCode({ account: grant.account, code: made.code });
      else void message.success(t('accounts.confirmed'));
    },
  });
  const refuse = useMutation({ mutationFn: (grant: Grant) => remove(`/grants/${grant.id}`), onSuccess: again });
  const columns: Column<Grant>[] = [
    { key: 'name', title: t('people.name'), card: 'title', render: (g) => <>{g.name} <code>{g.account}</code></> },
    { key: 'change', title: t('accounts.change'), render: (g) => <Change grant={g} /> },
    { key: 'asked', title: t('accounts.asked'), width: 200, render: (g) => <>{g.asked_by}<div className="muted small number">{formatTime(g.asked_ms, 'minute')}</div></> },
    { key: 'act', title: t('accounts.decide'), width: 210, card: 'bare', render: (g) => (
      <div className="row-actions">
        {g.may_confirm && <Popconfirm title={t('accounts.confirm_question', { name: g.name, roles: roleNames(t, g.roles) })} okText={t('accounts.confirm')} cancelText={t('form.cancel')} onConfirm={() => confirm.mutate(g)}><Button type="primary" size="small">{t('accounts.confirm')}</Button></Popconfirm>}
        <Button size="small" onClick={() => refuse.mutate(g)}>{t(g.may_confirm ? 'accounts.refuse' : 'accounts.withdraw')}</Button>
      </div>
    ) },
  ];
  return (
    <Panel title={t('accounts.grants')}>
      <p className="panel-body muted">{t('accounts.two_people')}</p>
      <Refusal error={confirm.error ?? refuse.error} />
      <DataList list={list} columns={columns} rowKey={(g) => g.id} caption={t('accounts.grants')} empty={<Empty title={t('accounts.no_grants')} hint={t('accounts.no_grants_hint')} />} />
      {code && <CodeDialog {...code} half="confirmer" onClose={() => setCode(null)} />}
    </Panel>
  );
}

function Change({ grant }: { grant: Grant }) {
  const t = useText();
  const { added, taken } = change(grant.held, grant.roles);
  return (
    <div className="grant-change">
      {added.length > 0 && <div>{t('accounts.adds', { roles: roleNames(t, added) })}</div>}
      {taken.length > 0 && <div>{t('accounts.takes', { roles: roleNames(t, taken) })}</div>}
      {grant.renew && <div className="muted">{t('accounts.renews')}</div>}
    </div>
  );
}

function Accounts() {
  const t = useText();
  const can = useCan();
  const me = useMe();
  const client = useQueryClient();
  const list = useList<Account>('/accounts');
  const [changing, setChanging] = useState<Account | null>(null);
  const [contact, setContact] = useState<Account | null>(null);
  const [code, setCode] = useState<{ account: string; code: string } | null>(null);
  const disable = useMutation({
    mutationFn: (a: Account) => put(`/accounts/${encodeURIComponent(a.account)}`, { disabled: !a.disabled }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['/accounts'] }),
  });
  const columns: Column<Account>[] = [
    { key: 'name', title: t('people.name'), card: 'title', render: (a) => a.name },
    { key: 'account', title: t('session.account'), render: (a) => <code>{a.account}</code> },
    { key: 'roles', title: t('people.roles'), render: (a) => roleNames(t, a.roles) },
    { key: 'email', title: t('accounts.email'), render: (a) => a.email ?? '—' },
    { key: 'state', title: t('people.status'), width: 150, render: (a) => <State account={a} /> },
  ];
  if (can('people.manage')) {
    columns.push({ key: 'act', title: t('accounts.manage'), width: 280, card: 'bare', render: (a) => a.account !== me.account && (
      <div className="row-actions">
        <Button size="small" onClick={() => setChanging(a)}>{t('accounts.change_roles')}</Button>
        <Button size="small" onClick={() => setContact(a)}>{t('accounts.contact')}</Button>
        <Popconfirm title={t(a.disabled ? 'accounts.enable_question' : 'accounts.disable_question', { name: a.name })} okText={t(a.disabled ? 'accounts.enable' : 'accounts.disable')} cancelText={t('form.cancel')} onConfirm={() => disable.mutate(a)}>
          <Button size="small">{t(a.disabled ? 'accounts.enable' : 'accounts.disable')}</Button>
        </Popconfirm>
      </div>
    ) });
  }
  return (
    <Panel title={t('accounts.accounts')}>
      <Refusal error={disable.error} />
      <DataList list={list} columns={columns} rowKey={(a) => a.account} caption={t('accounts.accounts')} empty={<Empty title={t('list.nothing')} hint={t('list.nothing_hint')} />} />
      {contact && <ContactDialog account={contact} onClose={() => setContact(null)} />}
      {changing && <RolesDialog account={changing} onClose={() => setChanging(null)} onCode={(made) => setCode({ account: changing.account, code: made })} />}
      {code && <CodeDialog {...code} half="asker" onClose={() => setCode(null)} />}
    </Panel>
  );
}

function State({ account }: { account: Account }) {
  const t = useText();
  if (account.disabled) return <Badge icon={<StopOutlined />}>{t('accounts.disabled')}</Badge>;
  if (account.waiting) return <Badge tone="warn" icon={<ClockCircleOutlined />}>{t('accounts.waiting')}</Badge>;
  if (!account.activated) return <Badge tone="warn" icon={<ClockCircleOutlined />}>{t('accounts.not_activated')}</Badge>;
  return <Badge tone="good" icon={<CheckCircleOutlined />}>{t('accounts.in_use')}</Badge>;
}
