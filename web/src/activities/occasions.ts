/** 记录环节: the occasions of requirements §1.1 that an activity or a recording can belong to. */
export const OCCASIONS = [
  'inspection', 'double_random_inspection', 'investigation', 'inquiry', 'onsite_survey', 'evidence_sampling', 'advance_registration', 'sealing_up',
  'seizure', 'compulsory_measure', 'compulsory_enforcement', 'compulsory_demolition', 'summary_procedure', 'penalty', 'licensing', 'levy',
  'statement_defence', 'hearing', 'collective_discussion', 'order_to_correct', 'reinspection', 'service_direct', 'service_lien',
  'service_posted_notice', 'complaint', 'petition', 'mass_incident', 'sudden_incident', 'joint_enforcement', 'other',
] as const;
