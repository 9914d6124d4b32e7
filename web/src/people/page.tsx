/** 人员: the units as a tree, the officers of the chosen one. */
import { CheckCircleOutlined, ImportOutlined, PlusOutlined, StopOutlined } from '@ant-design/icons';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import type { Agency, Officer, Page } from '../api/types';
import { useCan, useMe } from '../session/session';
import { usePhone } from '../shared/browser';
import { CreateDialog, cleaned, useRequired } from '../shared/create-dialog';
import { DataList, type Column } from '../shared/data-list';
import { useList } from '../shared/list';
import { Badge, Empty, Panel } from '../shared/page';
import { UnitPicker, useUnits } from '../shared/pickers';
import { SearchBox } from '../shared/search-box';
import { compact } from '../shared/search';
import { useText, type Text } from '../shared/text';
import { unitTree, type UnitNode } from '../shared/units';
import { ExportButton } from '../sheet/export-button';
import { ImportDialog } from '../sheet/import-dialog';
import { CodeDialog, RolePicker } from './account-dialogs';
import { PeopleFrame } from './frame';
import { MoveDialog } from './handover-dialogs';
import type { PeopleSearch } from './search';
import './people.css';

const UNIT_KINDS = ['bureau', 'sub_bureau', 'brigade', 'detachment', 'squad', 'section', 'office', 'group'] as const;

export function PeoplePage() {
  const t = useText();
  const can = useCan();
  const phone = usePhone();
  const search = useSearch({ from: '/shell/people' });
  const navigate = useNavigate();
  const [adding, setAdding] = useState<'unit' | 'officer' | 'file' | null>(null);
  const [code, setCode] = useState<{ account: string; code: string } | null>(null);
  const [moving, setMoving] = useState<Officer | null>(null);
  const list = useList<Officer>('/officers', { ...search });
  const change = (part: Partial<PeopleSearch>) => void navigate({ to: '/people', search: compact({ ...search, ...part }), replace: true });
  return (
    <PeopleFrame
      tab="officers"
      actions={(
        <>
          <ExportButton list="officers" query={{ ...search }} />
          {can('people.manage') && (
            <>
              <Button icon={<ImportOutlined />} onClick={() => setAdding('file')}>{t('sheet.import')}</Button>
              <Button icon={<PlusOutlined />} onClick={() => setAdding('unit')}>{t('people.add_unit')}</Button>
              <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding('officer')}>{t('people.add_officer')}</Button>
            </>
          )}
        </>
      )}
    >
      <div className="people">
        {!phone && <Panel title={t('people.units')}><Units chosen={search.unit} onChoose={(unit) => change({ unit })} /></Panel>}
        <div className="panel">
          <div className="filters" role="search">
            <SearchBox value={search.q} onSearch={(q) => change({ q })} label={t('people.search')} />
            {phone && <UnitPicker label={t('recordings.unit')} value={search.unit} onChange={(unit) => change({ unit })} className="grow" />}
          </div>
          <DataList
            fixed list={list} columns={columns(t, can('people.manage') ? setMoving : null)} rowKey={(o) => o.id} caption={t('people.officers')}
            empty={Object.keys(search).length > 0 ? <Empty title={t('list.nothing')} hint={t('list.nothing_hint')} /> : <Empty title={t('people.none')} hint={t('people.none_hint')} />}
          />
        </div>
      </div>
      {adding === 'file' && <ImportDialog list="officers" onClose={() => setAdding(null)} />}
      {adding === 'unit' && <AddUnit parent={search.unit} onClose={() => setAdding(null)} />}
      {adding === 'officer' && <AddOfficer unit={search.unit} onClose={() => setAdding(null)} onCode={(account, made) => setCode({ account, code: made })} />}
      {moving && <MoveDialog person={moving} onClose={() => setMoving(null)} />}
      {code && <CodeDialog {...code} half="asker" onClose={() => setCode(null)} />}
    </PeopleFrame>
  );
}

function Units({ chosen, onChoose }: { chosen: string | undefined; onChoose: (unit: string | undefined) => void }) {
  const t = useText();
  const { data } = useUnits();
  return (
    <div className="units">
      <button type="button" aria-current={chosen === undefined} onClick={() => onChoose(undefined)}>{t('people.all_units')}</button>
      <Branch nodes={unitTree(data?.items ?? [])} chosen={chosen} onChoose={onChoose} />
    </div>
  );
}

function Branch({ nodes, chosen, onChoose }: { nodes: UnitNode[]; chosen: string | undefined; onChoose: (unit: string) => void }) {
  if (nodes.length === 0) return null;
  return (
    <ul>
      {nodes.map(({ unit, children }) => (
        <li key={unit.id}>
          <button type="button" aria-current={chosen === unit.id} onClick={() => onChoose(unit.id)}>{unit.name}</button>
          <Branch nodes={children} chosen={chosen} onChoose={onChoose} />
        </li>
      ))}
    </ul>
  );
}

/** `onMove`: for who administers people, and sees nothing of what they hold. */
function columns(t: Text, onMove: ((officer: Officer) => void) | null): Column<Officer>[] {
  return [
    { key: 'name', title: t('people.name'), width: '9%', card: 'title', render: (o) => (onMove ? o.name : <Link to="/people/$id" params={{ id: o.id }} title={t('handover.held')}>{o.name}</Link>) },
    { key: 'certificate', title: t('people.certificate_no'), width: '17%', render: (o) => (o.certificate_no ? <span className="number">{o.certificate_no}</span> : '—') },
    { key: 'unit', title: t('recordings.unit'), width: '16%', render: (o) => o.unit?.name ?? '—' },
    { key: 'roles', title: t('people.roles'), width: '13%', render: (o) => o.roles.map((role) => t.code('people.role', role)).join(', ') || '—' },
    { key: 'account', title: t('session.account'), width: '16%', render: (o) => (o.account ? <code>{o.account}</code> : <span className="muted">{t('people.no_account')}</span>) },
    { key: 'active', title: t('people.status'), width: '12%', render: (o) => (o.active ? <Badge tone="good" icon={<CheckCircleOutlined />}>{t('people.active')}</Badge> : <Badge icon={<StopOutlined />}>{t('people.inactive')}</Badge>) },
    ...(onMove ? [{ key: 'move', title: t('handover.move'), width: 118, card: 'bare' as const, render: (o: Officer) => <Button size="small" onClick={() => onMove(o)}>{t('handover.move')}</Button> }] : []),
  ];
}

function AddUnit({ parent, onClose }: { parent: string | undefined; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<{ agency_id?: string; parent_id?: string; name: string; kind: string }> title={t('people.add_unit')} path="/units" body={cleaned} initial={{ parent_id: parent, kind: 'section' }} onClose={onClose}>
      <Form.Item name="name" label={t('people.unit_name')} rules={required}><Input maxLength={80} autoFocus /></Form.Item>
      <Form.Item name="kind" label={t('people.unit_kind')} rules={required}><Select options={UNIT_KINDS.map((value) => ({ value, label: t.code('people.unit_kind', value) }))} /></Form.Item>
      <AgencyField />
      <Form.Item name="parent_id" label={t('people.parent_unit')}><UnitPicker label={t('people.parent_unit')} /></Form.Item>
    </CreateDialog>
  );
}

interface NewOfficer { agency_id?: string; name: string; certificate_no?: string; unit_id: string; roles: string[]; account?: string }
function AddOfficer({ unit, onClose, onCode }: { unit: string | undefined; onClose: () => void; onCode: (account: string, code: string) => void }) {
  const t = useText();
  const me = useMe();
  const required = useRequired();
  return (
    <CreateDialog<NewOfficer, { name: string; code: string | null }>
      title={t('people.add_officer')} path="/officers" reread={['/officers', '/accounts', '/grants']} body={cleaned} initial={{ unit_id: unit ?? me.unit?.id, roles: ['officer'] }}
      onClose={onClose} onMade={(made) => made.code && onCode(made.name, made.code)}
    >
      <Form.Item name="name" label={t('people.name')} rules={required}><Input maxLength={60} autoFocus autoComplete="off" /></Form.Item>
      <Form.Item name="certificate_no" label={t('people.certificate_no')}><Input maxLength={60} /></Form.Item>
      <AgencyField />
      <Form.Item name="unit_id" label={t('recordings.unit')} rules={required}><UnitPicker label={t('recordings.unit')} /></Form.Item>
      <Form.Item name="roles" label={t('people.roles')} rules={required}><RolePicker /></Form.Item>
      <Form.Item name="account" label={t('people.account')} extra={t('people.account_hint')}><Input maxLength={60} autoComplete="off" autoCapitalize="none" /></Form.Item>
    </CreateDialog>
  );
}

/** Somebody above all agencies says which one; everybody else has only their own. */
function AgencyField() {
  const t = useText();
  const me = useMe();
  const required = useRequired();
  const { data } = useQuery({ queryKey: ['/agencies'], queryFn: () => get<Page<Agency>>('/agencies'), enabled: me.agency === null });
  if (me.agency) return null;
  return <Form.Item name="agency_id" label={t('people.agency')} rules={required}><Select options={(data?.items ?? []).map((a) => ({ value: a.id, label: a.name }))} /></Form.Item>;
}
