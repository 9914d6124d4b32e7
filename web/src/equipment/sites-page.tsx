/** 固定录音录像场所: where fixed cameras record, whose they are, and when they were out. */
import { CheckCircleOutlined, PlusOutlined, WarningOutlined } from '@ant-design/icons';
import { Button, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useState } from 'react';
import type { Device, Outage, RecordingSite } from '../api/types';
import { Failed, Loading } from '../app/states';
import { useCan, useMe } from '../session/session';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { Rows, type Column } from '../shared/data-list';
import { formatTime } from '../shared/format';
import { useAll } from '../shared/list';
import { Badge, Empty, Panel } from '../shared/page';
import { UnitPicker } from '../shared/pickers';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { SufficiencyFrame } from './sufficiency-frame';

const PURPOSES = ['licensing', 'hearing', 'approval_window', 'case_handling_place'] as const;
type Open = { site: RecordingSite; what: 'out' | 'over' | 'history' };

export function SitesPage() {
  const t = useText();
  const may = useCan()('provision.propose');
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<Open | null>(null);
  const found = useAll<RecordingSite>('/recording-sites');
  return (
    <SufficiencyFrame tab="sites" actions={<><ExportButton list="sites" query={{}} />{may && <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('sites.add')}</Button>}</>}>
      <Panel title={t('sites.title')}>
        {found.isPending ? <Loading /> : found.error ? <Failed error={found.error} retry={() => void found.refetch()} /> : found.data.length === 0
          ? <Empty title={t('sites.none')} hint={t('sites.none_hint')} />
          : <Rows rows={found.data} columns={columns(t, may, setOpen)} rowKey={(site) => site.id} caption={t('sites.title')} />}
      </Panel>
      {adding && <AddSite onClose={() => setAdding(false)} />}
      {open?.what === 'history' && <Outages site={open.site} onClose={() => setOpen(null)} />}
      {open && open.what !== 'history' && <OutageDialog site={open.site} over={open.what === 'over'} onClose={() => setOpen(null)} />}
    </SufficiencyFrame>
  );
}

function columns(t: Text, may: boolean, onOpen: (open: Open) => void): Column<RecordingSite>[] {
  return [
    { key: 'place', title: t('sites.place'), card: 'title', render: (site) => <><b>{site.place}</b><div className="muted small">{site.unit.name}</div></> },
    { key: 'purpose', title: t('sites.purpose'), width: 130, render: (site) => t.code('sites.purpose', site.purpose) },
    {
      key: 'cameras', title: t('sites.cameras'),
      render: (site) => (
        <>
          {site.cameras.length > 0 ? t('sites.own_cameras', { count: site.cameras.length }) : site.operator ? null : <Badge tone="warn" icon={<WarningOutlined />}>{t('sites.no_camera')}</Badge>}
          {site.operator && <div>{t('sites.operated_by', { name: site.operator })}</div>}
          <div className="muted small">{[site.coverage, site.retention_days !== null && t('sites.kept', { days: site.retention_days })].filter(Boolean).join(' · ')}</div>
        </>
      ),
    },
    {
      key: 'state', title: t('people.status'), width: 250,
      render: (site) => (site.out_since_ms === null
        ? <Badge tone="good" icon={<CheckCircleOutlined />}>{t('sites.working')}</Badge>
        : <><Badge tone="bad" icon={<WarningOutlined />}>{t('sites.out_since', { time: formatTime(site.out_since_ms) })}</Badge><div className="small">{site.out_reason}</div></>),
    },
    {
      key: 'act', title: t('accounts.decide'), width: 190, card: 'bare',
      render: (site) => (
        <div className="row-actions">
          {may && <Button size="small" onClick={() => onOpen({ site, what: site.out_since_ms === null ? 'out' : 'over' })}>{t(site.out_since_ms === null ? 'sites.report_out' : 'sites.report_over')}</Button>}
          <Button size="small" onClick={() => onOpen({ site, what: 'history' })}>{t('sites.outages')}</Button>
        </div>
      ),
    },
  ];
}

interface NewSite { unit_id: string; purpose: string; place: string; cameras?: string[]; operator?: string; coverage?: string; retention_days?: number }

function AddSite({ onClose }: { onClose: () => void }) {
  const t = useText();
  const me = useMe();
  const required = useRequired();
  const cameras = useAll<Device>('/devices', { kind: 'fixed_cctv' });
  return (
    <CreateDialog<NewSite>
      title={t('sites.add')} path="/recording-sites" reread={['/recording-sites', '/sufficiency']} initial={{ unit_id: me.unit?.id, purpose: 'licensing' }} onClose={onClose}
      body={(values) => ({ ...cleaned(values), cameras: values.cameras ?? [] })}
    >
      <Form.Item name="place" label={t('sites.place')} rules={required}><Input maxLength={200} autoFocus /></Form.Item>
      <Form.Item name="unit_id" label={t('recordings.unit')} rules={required}><UnitPicker label={t('recordings.unit')} /></Form.Item>
      <Form.Item name="purpose" label={t('sites.purpose')} rules={required}><Select options={PURPOSES.map((value) => ({ value, label: t.code('sites.purpose', value) }))} /></Form.Item>
      <Form.Item name="cameras" label={t('sites.cameras')} extra={t('sites.cameras_hint')}>
        <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} notFoundContent={t('form.nothing_found')} options={(cameras.data ?? []).map((one) => ({ value: one.id, label: [one.serial_no, one.unit?.name].filter(Boolean).join(' · ') }))} />
      </Form.Item>
      <Form.Item name="operator" label={t('sites.operator')} extra={t('sites.operator_hint')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="coverage" label={t('sites.coverage')}><Input maxLength={80} placeholder="08:30-17:30" /></Form.Item>
      <Form.Item name="retention_days" label={t('sites.retention_days')}><InputNumber min={0} max={100_000} precision={0} /></Form.Item>
    </CreateDialog>
  );
}

function OutageDialog({ site, over, onClose }: { site: RecordingSite; over: boolean; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  const path = `/recording-sites/${encodeURIComponent(site.id)}/outages`;
  return (
    <CreateDialog<{ reason?: string }>
      title={t(over ? 'sites.over_of' : 'sites.out_of', { place: site.place })} path={path} reread={[path, '/recording-sites', '/sufficiency']} onClose={onClose}
      body={({ reason }) => (over ? { to_ms: Date.now() } : { reason: reason?.trim() ?? '' })}
    >
      <p>{t(over ? 'sites.over_hint' : 'sites.out_hint')}</p>
      {!over && <Form.Item name="reason" label={t('field.reason')} rules={required}><Input.TextArea rows={2} maxLength={500} autoFocus /></Form.Item>}
    </CreateDialog>
  );
}

function Outages({ site, onClose }: { site: RecordingSite; onClose: () => void }) {
  const t = useText();
  const found = useAll<Outage>(`/recording-sites/${encodeURIComponent(site.id)}/outages`);
  return (
    <Modal open title={t('sites.outages_of', { place: site.place })} onCancel={onClose} footer={<Button type="primary" onClick={onClose}>{t('form.close')}</Button>}>
      {found.isPending ? <Loading /> : (found.data ?? []).length === 0 ? <p>{t('sites.never_out')}</p> : (
        <ul className="plain">
          {(found.data ?? []).map((one) => <li key={one.id}><span className="number">{formatTime(one.from_ms)} – {one.to_ms === null ? t('sites.still') : formatTime(one.to_ms)}</span> <span className="muted">{one.reason}</span></li>)}
        </ul>
      )}
    </Modal>
  );
}
