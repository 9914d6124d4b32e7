/** 执法活动: what was done where, to whom, by whom, and the recordings of it. */
import { PlusOutlined } from '@ant-design/icons';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { get } from '../api/client';
import type { Activity, Officer, Page } from '../api/types';
import { useCan, useMe } from '../session/session';
import { CreateDialog, cleaned, useRequired } from '../shared/create-dialog';
import { DataList, type Column } from '../shared/data-list';
import { formatTime, localToMs } from '../shared/format';
import { useList } from '../shared/list';
import { Empty, PageHead } from '../shared/page';
import { DayPicker, UnitPicker } from '../shared/pickers';
import { compact } from '../shared/search';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { OCCASIONS } from './occasions';
import { activityQuery, type ActivitySearch } from './search';

export function ActivitiesPage() {
  const t = useText();
  const can = useCan();
  const search = useSearch({ from: '/shell/activities' });
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const list = useList<Activity>('/activities', activityQuery(search));
  const change = (part: Partial<ActivitySearch>) => void navigate({ to: '/activities', search: compact({ ...search, ...part }), replace: true });
  return (
    <>
      <PageHead title={t('activities.title')}>
        <ExportButton list="activities" query={activityQuery(search)} />
        {can('activity.manage') && <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('activities.add')}</Button>}
      </PageHead>
      <div className="panel">
        <div className="filters" role="search">
          <UnitPicker label={t('recordings.unit')} value={search.unit} onChange={(unit) => change({ unit })} width={200} />
          <DayPicker label={t('list.from')} value={search.from} onChange={(from) => change({ from })} width={150} />
          <DayPicker label={t('list.to')} value={search.to} onChange={(to) => change({ to })} width={150} />
        </div>
        <DataList
          list={list} columns={columns(t)} rowKey={(a) => a.id} caption={t('activities.title')}
          empty={Object.keys(search).length > 0 ? <Empty title={t('list.nothing')} hint={t('list.nothing_hint')} /> : <Empty title={t('activities.none')} hint={t('activities.none_hint')} />}
        />
      </div>
      {adding && <AddActivity onClose={() => setAdding(false)} />}
    </>
  );
}

function columns(t: Text): Column<Activity>[] {
  return [
    { key: 'title', title: t('activities.name'), card: 'title', render: (a) => <><Link to="/activities/$id" params={{ id: a.id }}>{a.title}</Link><div className="muted small">{[a.joint_no, a.place, a.party].filter(Boolean).join(' · ')}</div></> },
    { key: 'occasion', title: t('activities.occasion'), render: (a) => t.code('occasion', a.occasion) },
    { key: 'time', title: t('activities.time'), width: 190, render: (a) => <span className="number">{formatTime(a.began_ms)}{a.ended_ms !== null && <><br />{t('activities.until', { time: formatTime(a.ended_ms) })}</>}</span> },
    { key: 'unit', title: t('recordings.unit'), render: (a) => a.unit?.name ?? '—' },
    { key: 'officers', title: t('people.officers'), render: (a) => a.officers.map((o) => o.name).join(', ') || '—' },
    {
      key: 'recordings', title: t('recordings.title'), width: 110, end: true,
      render: (a) => (a.recordings > 0 ? <Link to="/recordings" search={{ activity: a.id }} className="number">{a.recordings}</Link> : <span className="muted">{t('activities.no_recordings')}</span>),
    },
  ];
}

interface NewActivity { title: string; occasion: string; place?: string; party?: string; began: string; ended?: string; unit_id: string; officers: string[]; joint_no?: string }

function AddActivity({ onClose }: { onClose: () => void }) {
  const t = useText();
  const me = useMe();
  const required = useRequired();
  const officers = useQuery({ queryKey: ['/officers', 'all'], queryFn: () => get<Page<Officer>>('/officers', { limit: 200 }) });
  const body = ({ began, ended, officers: ids, ...rest }: NewActivity) =>
    ({ ...cleaned(rest), officers: ids ?? [], began_ms: localToMs(began), ended_ms: localToMs(ended) ?? null });
  return (
    <CreateDialog<NewActivity> title={t('activities.add')} path="/activities" body={body} initial={{ occasion: 'inspection', unit_id: me.unit?.id, officers: me.officer_id ? [me.officer_id] : [] }} onClose={onClose}>
      <Form.Item name="title" label={t('activities.name')} rules={required}><Input maxLength={120} autoFocus /></Form.Item>
      <Form.Item name="occasion" label={t('activities.occasion')} rules={required}><Select showSearch={{ optionFilterProp: 'label' }} options={OCCASIONS.map((value) => ({ value, label: t.code('occasion', value) }))} /></Form.Item>
      <Form.Item name="place" label={t('recordings.place')}><Input maxLength={200} /></Form.Item>
      <Form.Item name="party" label={t('recordings.party')}><Input maxLength={200} /></Form.Item>
      <Form.Item name="began" label={t('activities.began')} rules={required}><Input type="datetime-local" /></Form.Item>
      <Form.Item name="ended" label={t('activities.ended')}><Input type="datetime-local" /></Form.Item>
      <Form.Item name="unit_id" label={t('recordings.unit')} rules={required}><UnitPicker label={t('recordings.unit')} /></Form.Item>
      <Form.Item name="joint_no" label={t('activities.joint_no')} extra={t('activities.joint_hint')}><Input maxLength={100} /></Form.Item>
      <Form.Item name="officers" label={t('people.officers')}>
        <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={(officers.data?.items ?? []).map((o) => ({ value: o.id, label: o.name }))} />
      </Form.Item>
    </CreateDialog>
  );
}
