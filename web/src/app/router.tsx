/** The table of contents: every address of the web, its search parameters, and the page that answers. */
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import type { QueryClient } from '@tanstack/react-query';
import { activitySearch } from '../activities/search';
import { auditSearch } from '../audit/search';
import { documentSearch } from '../documents/search';
import { budgetSearch, deskSearch, deviceSearch, orderSearch, sufficiencySearch } from '../equipment/search';
import { handoverSearch, peopleSearch } from '../people/search';
import { recordingSearch } from '../recordings/search';
import { compact, textParam } from '../shared/search';
import { Loading, NotFound, RouteError } from './states';
import { Shell } from './shell';

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet, notFoundComponent: () => <main><NotFound /></main> });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => (typeof search.next === 'string' ? { next: search.next } : {}),
  component: lazyRouteComponent(() => import('../session/sign-in-page'), 'SignInPage'),
});

const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

const workbench = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('../workbench/page'), 'WorkbenchPage'),
});
const recordings = createRoute({
  getParentRoute: () => shell,
  path: '/recordings',
  validateSearch: recordingSearch,
  component: lazyRouteComponent(() => import('../recordings/list-page'), 'RecordingsPage'),
});
const recording = createRoute({
  getParentRoute: () => shell,
  path: '/recordings/$id',
  validateSearch: (search: Record<string, unknown>): { at?: number } => {
    const at = Number(search.at);
    return Number.isFinite(at) && at > 0 ? { at } : {};
  },
  component: lazyRouteComponent(() => import('../recordings/detail-page'), 'RecordingPage'),
});
const ingest = createRoute({
  getParentRoute: () => shell,
  path: '/ingest',
  component: lazyRouteComponent(() => import('../ingest/page'), 'IngestPage'),
});
const ingestRun = createRoute({
  getParentRoute: () => shell,
  path: '/ingest/$id',
  component: lazyRouteComponent(() => import('../ingest/run-page'), 'IngestRunPage'),
});
const equipment = createRoute({
  getParentRoute: () => shell,
  path: '/equipment',
  validateSearch: deviceSearch,
  component: lazyRouteComponent(() => import('../equipment/page'), 'EquipmentPage'),
});
const desk = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/desk',
  validateSearch: deskSearch,
  component: lazyRouteComponent(() => import('../equipment/desk-page'), 'DeskPage'),
});
const orders = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/orders',
  validateSearch: orderSearch,
  component: lazyRouteComponent(() => import('../equipment/orders-page'), 'OrdersPage'),
});
const models = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/models',
  component: lazyRouteComponent(() => import('../equipment/models-page'), 'ModelsPage'),
});
const upkeep = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/upkeep',
  component: lazyRouteComponent(() => import('../equipment/upkeep-page'), 'UpkeepPage'),
});
const documents = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/documents',
  validateSearch: documentSearch,
  component: lazyRouteComponent(() => import('../documents/page'), 'DocumentsPage'),
});
const device = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/$id',
  component: lazyRouteComponent(() => import('../equipment/detail-page'), 'DevicePage'),
});
const sufficiency = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/sufficiency',
  validateSearch: sufficiencySearch,
  component: lazyRouteComponent(() => import('../equipment/sufficiency-page'), 'SufficiencyPage'),
});
const plans = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/sufficiency/plans',
  component: lazyRouteComponent(() => import('../equipment/plans-page'), 'PlansPage'),
});
const sites = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/sufficiency/sites',
  component: lazyRouteComponent(() => import('../equipment/sites-page'), 'SitesPage'),
});
const purchases = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/sufficiency/purchases',
  component: lazyRouteComponent(() => import('../equipment/purchases-page'), 'PurchasesPage'),
});
const budget = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/sufficiency/budget',
  validateSearch: budgetSearch,
  component: lazyRouteComponent(() => import('../equipment/budget-page'), 'BudgetPage'),
});
const readiness = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/sufficiency/readiness',
  validateSearch: budgetSearch,
  component: lazyRouteComponent(() => import('../equipment/readiness-page'), 'ReadinessPage'),
});
const standards = createRoute({
  getParentRoute: () => shell,
  path: '/equipment/sufficiency/standards',
  component: lazyRouteComponent(() => import('../equipment/standards-page'), 'StandardsPage'),
});
const people = createRoute({
  getParentRoute: () => shell,
  path: '/people',
  validateSearch: peopleSearch,
  component: lazyRouteComponent(() => import('../people/page'), 'PeoplePage'),
});
const responsibility = createRoute({
  getParentRoute: () => shell,
  path: '/people/responsibility',
  component: lazyRouteComponent(() => import('../people/responsibility-page'), 'ResponsibilityPage'),
});
const handovers = createRoute({
  getParentRoute: () => shell,
  path: '/people/handovers',
  validateSearch: handoverSearch,
  component: lazyRouteComponent(() => import('../people/handovers-page'), 'HandoversPage'),
});
const handover = createRoute({
  getParentRoute: () => shell,
  path: '/people/handovers/$id',
  component: lazyRouteComponent(() => import('../people/handover-page'), 'HandoverPage'),
});
const person = createRoute({
  getParentRoute: () => shell,
  path: '/people/$id',
  component: lazyRouteComponent(() => import('../people/person-page'), 'PersonPage'),
});
const accounts = createRoute({
  getParentRoute: () => shell,
  path: '/accounts',
  component: lazyRouteComponent(() => import('../people/accounts-page'), 'AccountsPage'),
});
const activities = createRoute({
  getParentRoute: () => shell,
  path: '/activities',
  validateSearch: activitySearch,
  component: lazyRouteComponent(() => import('../activities/page'), 'ActivitiesPage'),
});
const activity = createRoute({
  getParentRoute: () => shell,
  path: '/activities/$id',
  component: lazyRouteComponent(() => import('../activities/detail-page'), 'ActivityPage'),
});
const regulations = createRoute({
  getParentRoute: () => shell,
  path: '/regulations',
  component: lazyRouteComponent(() => import('../regulations/list-page'), 'RegulationsPage'),
});
const regulation = createRoute({
  getParentRoute: () => shell,
  path: '/regulations/$id',
  component: lazyRouteComponent(() => import('../regulations/articles-page'), 'ArticlesPage'),
});
const article = createRoute({
  getParentRoute: () => shell,
  path: '/regulations/$id/articles/$no',
  component: lazyRouteComponent(() => import('../regulations/articles-page'), 'ArticlesPage'),
});
const compliance = createRoute({
  getParentRoute: () => shell,
  path: '/regulations/$id/compliance',
  validateSearch: (search: Record<string, unknown>): { state?: string } => compact({ state: textParam(search.state, 20) }),
  component: lazyRouteComponent(() => import('../regulations/compliance-page'), 'CompliancePage'),
});
const readings = createRoute({
  getParentRoute: () => shell,
  path: '/regulations/$id/readings',
  component: lazyRouteComponent(() => import('../regulations/readings-page'), 'ReadingsPage'),
});
const validity = createRoute({
  getParentRoute: () => shell,
  path: '/regulations/$id/validity',
  component: lazyRouteComponent(() => import('../regulations/validity-page'), 'ValidityPage'),
});
const regulationUnits = createRoute({
  getParentRoute: () => shell,
  path: '/regulations/$id/units',
  component: lazyRouteComponent(() => import('../regulations/units-page'), 'UnitsPage'),
});
const supervision = createRoute({
  getParentRoute: () => shell,
  path: '/supervision',
  component: lazyRouteComponent(() => import('../supervision/page'), 'SupervisionPage'),
});
const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../audit/page'), 'AuditPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    shell.addChildren([
      workbench, recordings, recording, ingest, ingestRun, equipment, desk, orders, models, upkeep, documents, device, sufficiency, plans, sites, purchases, budget, readiness, standards,
      people, responsibility, handovers, handover, person, accounts, activities, activity, supervision, audit,
      regulations, regulation, article, compliance, readings, regulationUnits, validity,
    ]),
  ]),
  context: { queries: undefined as unknown as QueryClient },
  defaultPendingComponent: Loading,
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
