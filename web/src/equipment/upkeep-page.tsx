/** 保养计划: how often each kind is looked after, and what is done then. The texts say 定期; the number is the agency's own. */
import { Link } from '@tanstack/react-router';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import { get, put } from '../api/client';
import type { Page, UpkeepPlan } from '../api/types';
import { Failed, Loading } from '../app/states';
import { useCan } from '../session/session';
import { useRequired } from '../shared/create-dialog';
import { Rows, type Column } from '../shared/data-list';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';
import { wireValue } from './acts';
import { EquipmentFrame } from './frame';
import { DEVICE_KINDS } from './search';

interface Line { kind: string; plan: UpkeepPlan | undefined }

export function UpkeepPage() {
  const t = useText();
  const manages = useCan()('device.manage');
  const [setting, setSetting] = useState<Line | null>(null);
  const found = useQuery({ queryKey: ['/upkeep-plans'], queryFn: () => get<Page<UpkeepPlan>>('/upkeep-plans') });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const rows: Line[] = DEVICE_KINDS.map((kind) => ({ kind, plan: found.data.items.find((plan) => plan.kind === kind) }));
  const columns: Column<Line>[] = [
    { key: 'kind', title: t('equipment.kind'), card: 'title', render: ({ kind }) => t.code('equipment.kind', kind) },
    { key: 'interval', title: t('equipment.interval'), width: 150, render: ({ plan }) => (plan ? t('equipment.every_days', { count: plan.interval_days }) : <span className="muted">{t('equipment.no_plan')}</span>) },
    { key: 'works', title: t.code('field', 'works'), render: ({ plan }) => plan?.works.join(t('equipment.comma')) || '—' },
    { key: 'document', title: t.code('field', 'document'), render: ({ plan }) => plan?.document ?? '—' },
    {
      key: 'do', title: '', width: 210, card: 'bare',
      render: (line) => <span className="row">{line.plan && <Link to="/equipment" search={{ due: 'upkeep', kind: line.kind as (typeof DEVICE_KINDS)[number] }}>{t('equipment.due_list')}</Link>}{manages && <Button size="small" onClick={() => setSetting(line)}>{t('equipment.set_plan')}</Button>}</span>,
    },
  ];
  return (
    <EquipmentFrame tab="upkeep">
      <div className="panel">
        <p className="panel-body muted" style={{ margin: 0 }}>{t('equipment.upkeep_intro')}</p>
        <Rows rows={rows} columns={columns} rowKey={({ kind }) => kind} caption={t('equipment.tab.upkeep')} />
      </div>
      {setting && <PlanForm line={setting} onClose={() => setSetting(null)} />}
    </EquipmentFrame>
  );
}

interface PlanValues { interval_days: number; works?: string; document?: string }
function PlanForm({ line: { kind, plan }, onClose }: { line: Line; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  const client = useQueryClient();
  const [form] = Form.useForm<PlanValues>();
  const save = useMutation({
    mutationFn: ({ interval_days, works, document }: PlanValues) => put<Page<UpkeepPlan>>('/upkeep-plans', { kind, interval_days, works: wireValue('lines', works) ?? [], document: document?.trim() || null }),
    onSuccess: async (plans) => {
      client.setQueryData(['/upkeep-plans'], plans);
      await client.invalidateQueries({ queryKey: ['/devices'] });
      onClose();
    },
  });
  return (
    <Modal open title={`${t('equipment.set_plan')} · ${t.code('equipment.kind', kind)}`} onCancel={onClose} onOk={() => form.submit()} confirmLoading={save.isPending} okText={t('form.save')} cancelText={t('form.cancel')}>
      <Refusal error={save.error} />
      <Form<PlanValues> form={form} layout="vertical" requiredMark={false} initialValues={{ interval_days: plan?.interval_days, works: plan?.works.join('\n'), document: plan?.document ?? undefined }} onFinish={(values) => save.mutate(values)}>
        <Form.Item name="interval_days" label={t('equipment.interval_days')} rules={required}><InputNumber min={1} max={3650} precision={0} style={{ width: '100%' }} /></Form.Item>
        <Form.Item name="works" label={t.code('field', 'works')} extra={t('equipment.one_a_line')}><Input.TextArea rows={3} maxLength={1000} /></Form.Item>
        <Form.Item name="document" label={t.code('field', 'document')}><Input maxLength={200} /></Form.Item>
      </Form>
    </Modal>
  );
}
