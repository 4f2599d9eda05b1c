/** The pages and their addresses. A page's code is fetched when it is first looked at. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

const routes: readonly RouteRecordRaw[] = [
  { path: '/', name: 'board', component: () => import('../pages/board/BoardPage.vue') },
  {
    path: '/missions',
    name: 'missions',
    component: () => import('../pages/missions/MissionsPage.vue'),
  },
  {
    path: '/missions/new',
    name: 'newMission',
    component: () => import('../pages/missions/NewMissionPage.vue'),
  },
  {
    path: '/ns/:namespace/missions/:name',
    name: 'mission',
    props: true,
    component: () => import('../pages/mission/MissionPage.vue'),
  },
  { path: '/stages', name: 'stages', component: () => import('../pages/stages/StagesPage.vue') },
  {
    path: '/ns/:namespace/stages/:name',
    name: 'stage',
    props: true,
    component: () => import('../pages/stage/StagePage.vue'),
  },
  { path: '/tasks', name: 'tasks', component: () => import('../pages/tasks/TasksPage.vue') },
  {
    path: '/ns/:namespace/tasks/:name',
    name: 'task',
    props: true,
    component: () => import('../pages/task/TaskPage.vue'),
  },
  {
    path: '/weapons',
    name: 'weapons',
    component: () => import('../pages/weapons/WeaponsPage.vue'),
  },
  {
    path: '/ns/:namespace/weapons/:name',
    name: 'weapon',
    props: true,
    component: () => import('../pages/weapon/WeaponPage.vue'),
  },
  { path: '/fleet', name: 'fleet', component: () => import('../pages/fleet/FleetPage.vue') },
  {
    path: '/fleet/:name',
    name: 'node',
    props: true,
    component: () => import('../pages/node/NodePage.vue'),
  },
  { path: '/events', name: 'events', component: () => import('../pages/events/EventsPage.vue') },
  {
    path: '/settings',
    name: 'settings',
    component: () => import('../pages/settings/SettingsPage.vue'),
  },
  {
    path: '/:anything(.*)*',
    name: 'notFound',
    component: () => import('../pages/notfound/NotFoundPage.vue'),
  },
]

/** The document never scrolls: parts of it do, and keep where they were (`scroll.ts`). */
export const router = createRouter({ history: createWebHistory(), routes: [...routes] })
