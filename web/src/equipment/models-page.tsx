/** 型号与符合性: what was declared of each model against each technical item of the regulation. */
import { CheckCircleOutlined, ExclamationCircleOutlined, PlusOutlined, WarningOutlined } from '@ant-design/icons';
import { Button, Form, Input, Radio, Select } from 'antd';
import { useState } from 'react';
import type { Model } from '../api/types';
import { Failed, Loading } from '../app/states';
import { Basis } from '../regulations/basis';
import { useCan } from '../session/session';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { useList } from '../shared/list';
import { Badge, Empty, Panel } from '../shared/page';
import { DayPicker } from '../shared/pickers';
import { useText } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { EquipmentFrame } from './frame';
import { declarationBody, type DeclarationValues } from './declaration';
import { DEVICE_KINDS } from './search';

export function ModelsPage() {
  const t = useText();
  const manages = useCan()('device.manage');
  const [adding, setAdding] = useState(false);
  const list = useList<Model>('/device-models');
  return (
    <EquipmentFrame tab="models" actions={<><ExportButton list="models" query={{}} />{manages && <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('equipment.model_add')}</Button>}</>}>
      {list.isPending ? <Loading /> : list.error ? <Failed error={list.error} retry={() => void list.refetch()} /> : list.items.length === 0
        ? <div className="panel"><Empty title={t('equipment.no_models')} hint={t('equipment.no_models_hint')} /></div>
        : list.items.map((model) => <ModelPanel key={model.id} model={model} manages={manages} />)}
      {adding && <AddModel onClose={() => setAdding(false)} />}
    </EquipmentFrame>
  );
}

function ModelPanel({ model, manages }: { model: Model; manages: boolean }) {
  const t = useText();
  const [declaring, setDeclaring] = useState<string | null>(null);
  return (
    <Panel
      title={[t.code('equipment.kind', model.kind), model.maker, model.name].filter(Boolean).join(' ')}
      aside={<span className="badges">{model.items.length > 0 && (model.proven ? <Badge tone="good" icon={<CheckCircleOutlined />}>{t('equipment.model_proven')}</Badge> : <Badge tone="warn" icon={<WarningOutlined />}>{t('equipment.model_unproven')}</Badge>)}<span className="muted">{t('equipment.model_devices', { count: model.devices })}</span></span>}
    >
      {model.items.length === 0 ? <p className="panel-body muted" style={{ margin: 0 }}>{t('equipment.no_items')}</p> : (
        <ul className="held">
          {model.items.map(({ item, articles, declaration }) => (
            <li key={item}>
              <span><b>{t.code('equipment.item', item)}</b> <Basis articles={articles} /></span>
              <span className="row">
                {declaration ? <Declared declared={declaration.declared} /> : <span className="muted">{t('equipment.undeclared')}</span>}
                {declaration && <span className="muted small">{[declaration.evidence, declaration.declared_on, declaration.qualitative_only ? t('equipment.qualitative_only') : null].filter(Boolean).join(' · ')}</span>}
                {manages && <Button size="small" onClick={() => setDeclaring(item)}>{t('equipment.declare')}</Button>}
              </span>
            </li>
          ))}
        </ul>
      )}
      {declaring && <Declare model={model} item={declaring} onClose={() => setDeclaring(null)} />}
    </Panel>
  );
}

function Declared({ declared }: { declared: string }) {
  const t = useText();
  const text = t.code('equipment.declared', declared);
  if (declared === 'yes') return <Badge tone="good" icon={<CheckCircleOutlined />}>{text}</Badge>;
  return declared === 'no' ? <Badge tone="bad" icon={<ExclamationCircleOutlined />}>{text}</Badge> : <Badge tone="warn" icon={<WarningOutlined />}>{text}</Badge>;
}

function AddModel({ onClose }: { onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<{ kind: string; maker?: string; name: string }> title={t('equipment.model_add')} path="/device-models" body={(values) => ({ ...cleaned(values), maker: values.maker?.trim() ?? '' })} initial={{ kind: 'body_worn_camera' }} onClose={onClose}>
      <Form.Item name="kind" label={t('equipment.kind')} rules={required}><Select options={DEVICE_KINDS.map((value) => ({ value, label: t.code('equipment.kind', value) }))} /></Form.Item>
      <Form.Item name="maker" label={t.code('field', 'maker')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="name" label={t.code('field', 'model')} rules={required}><Input maxLength={80} autoFocus /></Form.Item>
    </CreateDialog>
  );
}

function Declare({ model, item, onClose }: { model: Model; item: string; onClose: () => void }) {
  const t = useText();
  return (
    <CreateDialog<DeclarationValues> title={t.code('equipment.item', item)} path={`/device-models/${encodeURIComponent(model.id)}/declarations`} reread={['/device-models', '/devices']} body={(values) => declarationBody(item, values)} initial={{ declared: 'yes' }} onClose={onClose}>
      <Form.Item name="declared" label={t('equipment.declared')}><Radio.Group className="choices" options={['yes', 'partly', 'no'].map((value) => ({ value, label: t.code('equipment.declared', value) }))} /></Form.Item>
      <Form.Item name="evidence" label={t.code('field', 'evidence')}><Input maxLength={500} /></Form.Item>
      <Form.Item name="on" label={t('equipment.declared_on')}><DayPicker label={t('equipment.declared_on')} width="100%" /></Form.Item>
      <Form.Item name="document" label={t('equipment.sheet')}><Input maxLength={200} /></Form.Item>
      <Form.Item name="version" label={t('equipment.sheet_version')}><Input maxLength={40} /></Form.Item>
      <Form.Item name="thresholds" label={t('equipment.thresholds')} extra={t('equipment.thresholds_hint')}><Input.TextArea rows={2} maxLength={1000} /></Form.Item>
    </CreateDialog>
  );
}
