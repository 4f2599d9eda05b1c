/**
 * What a diagnosis says, in other languages than English: the English comes with each finding from the API. `text` and `advice` go by
 * the finding's code and are filled with its parameters; those of `bare` stand where the parameter that the text ends on is empty.
 * `scope` in an advice is ` -n NAMESPACE`, or nothing.
 */
import type { FindingCode } from '@sortie/api'
import type { Language } from '../../state/preferences.ts'

interface Said {
  readonly text: Readonly<Record<FindingCode, string>>
  readonly bare: Readonly<Partial<Record<FindingCode, string>>>
  readonly advice: Readonly<Partial<Record<FindingCode, string>>>
  readonly kinds: Readonly<Record<'Mission' | 'MissionStage' | 'FlightTask' | 'Weapon', string>>
}

const RETRY = '排除原因后重新运行失败的部分：sortie retry {mission}{scope}。'
const READ_LOGS = '查看它的输出：sortie logs {task}{scope}。'

const chinese: Said = {
  text: {
    missionSucceeded: '任务 {mission} 已成功：{message}。',
    missionFailed: '任务 {mission} 已失败：{message}。',
    missionAborted: '任务 {mission} 已中止，因为阶段 {stage} 失败：{message}。',
    missionStopping: '任务 {mission} 正在停止：{message}。',
    missionCancelled: '任务 {mission} 已取消。',
    missionRunning:
      '任务 {mission} 运行中：{stages} 个阶段中已结束 {ended} 个，正在运行：{running}。',
    missionWaiting:
      '任务 {mission} 等待中：{stages} 个阶段中已结束 {ended} 个，没有正在运行的阶段。',
    planRefused: '任务 {mission} 的计划被拒绝：{message}。',
    planWaits: '任务 {mission} 尚不能开始：{message}。',
    changeRefused: '任务 {mission} 的最近一次修改未被采纳：{message}。',
    stageSucceeded: '阶段 {stage} 已成功：{message}。',
    stageFailed: '阶段 {stage} 已失败：{message}。',
    stageTimedOut: '阶段 {stage} 超过了 {timeout} 的时间限制。',
    stageStopping: '阶段 {stage} 正在停止：{message}。',
    stageCancelled: '阶段 {stage} 已随任务 {mission} 一起取消。',
    stageAborted: '阶段 {stage} 已取消，因为任务 {mission} 被中止：{message}。',
    stageRunning:
      '阶段 {stage} 运行中：{tasks} 个飞行任务中已结束 {ended} 个，运行 {running} 个，等待 {waiting} 个。',
    stageReady: '阶段 {stage} 可以启动，没有任何阻碍。',
    waitsForStages: '阶段 {stage} 等待 {stages}。',
    waitsForGate: '阶段 {stage} 等待有人打开{gates}。',
    waitsForCondition: '阶段 {stage} 等待其状况 {conditions} 变为 True。',
    waitsForShare: '阶段 {stage} 等待任务 {mission} 的 maxParallelTasks 配额。',
    waitsForTasks: '阶段 {stage} 还有 {count} 个飞行任务未启动：尚未轮到。',
    taskUnmade: '飞行任务 {task} 尚未创建：轮到时由阶段 {stage} 创建。',
    taskSucceeded: '飞行任务 {task} 已成功。',
    taskFailed: '飞行任务 {task} 已失败：{message}。',
    taskTimedOut: '飞行任务 {task} 超时：{message}。',
    taskCancelled: '飞行任务 {task} 已取消：{message}。',
    taskRunning: '飞行任务 {task} 自 {since} 起在 {node} 上运行。',
    taskStarting: '飞行任务 {task} 已得到飞机 {node}；其 Pod {pod} 正在那里启动。',
    taskWaits: '飞行任务 {task} 等待中：{message}。',
    taskHeld: '飞行任务 {task} 等待轮到它（{gates}）。',
    retriesExhausted: '飞行任务 {task} 在 {attempts} 次尝试后失败：{message}。',
    retryBackoff:
      '飞行任务 {task} 等到 {until} 进行第 {attempt} 次尝试（共 {attempts} 次）：{message}。',
    wasRetried: '飞行任务 {task} 已重试 {retries} 次；最近一次是因为 {message}。',
    podReplaced: '飞行任务 {task} 有 {count} 个 Pod 从未运行，已被替换，不计入重试。',
    podMissing: '飞行任务 {task} 的 Pod {pod} 已消失；Operator 即将察觉。',
    podRefused: '飞行任务 {task} 的 Pod 被拒绝：{message}。',
    podNotCreated: '飞行任务 {task} 的 Pod 尚无法创建（{reason}）：{message}。',
    nameTaken: '飞行任务 {task} 的 Pod 无法创建，因为其名称已被另一对象占用：{message}。',
    incompatible: '飞行任务 {task} 的挂载方案不匹配：{message}。',
    weaponMissing: '飞行任务 {task} 等待武器：{message}。',
    loadoutMissing: '飞行任务 {task} 等待其挂载方案：{message}。',
    weaponDeprecated: '飞行任务 {task} 的武器 {weapon} 已弃用，但仍会挂载。',
    weaponUpdating: '飞行任务 {task} 的武器 {weapon} 正在更新为另一镜像。',
    podWarning: '飞机对飞行任务 {task} 的 Pod 报告：{reason}：{message}。',
    imagePullFailed:
      '飞行任务 {task} 已得到飞机 {node}，但有容器无法在那里启动（{reason}）：{message}。',
    noAircraft: '飞行任务 {task} 等待飞机，而集群中没有飞机。',
    noAircraftFits: '飞行任务 {task} 等待中，因为 {aircraft} 架飞机均不符合：{requirements}。',
    nearestMiss: '如果{changes}，则有 {count} 架飞机符合。',
    aircraftBusy: '飞行任务 {task} 等待飞机：{fitting} 架符合，但均被飞行任务 {holders} 占用。',
    aircraftFree: '飞行任务 {task} 等待放置：有 {free} 架符合的飞机空闲。',
    gangWaits:
      '阶段 {stage} 的飞行任务须一同起飞：同时需要 {size} 架飞机，已占用 {placed} 架，空闲且符合的有 {free} 架。',
    unschedulable: '飞行任务 {task} 等待飞机：{message}。',
    excluded: '飞行任务 {task} 曾在 {nodes} 上失败；其下一个 Pod 将避开使它失败的飞机。',
    quarantined: '以下飞机近期失败的飞行任务过多，正处于隔离中：{nodes}。',
    nodeNotReady: '飞行任务 {task} 的飞机 {node} 自 {since} 起未就绪。',
    nodeLost: '飞行任务 {task} 的飞机 {node} 已不存在。',
    suspended: '{kind} {name} 已暂停：不再启动新的内容。',
    specDrift: '{kind} {name} 的修改只被部分采纳：{message}。',
    deleting: '{kind} {name} 正在删除，等待终结器 {finalizers}。',
    notTakenUp: '{kind} {name} 创建于 {since}，尚无控制器接手。',
    serverRefuses: 'API 服务器拒绝{kind} {name} 所需的内容：{message}。',
    operatorAbsent: '没有 Operator 担任领导者：租约最后续期于 {since}。',
    schedulerAbsent: '没有调度器担任领导者：租约最后续期于 {since}。',
    schedulerSilent:
      '飞行任务 {task} 的 Pod 请求调度器 {scheduler}，该调度器尚未对它作出任何表示。',
  },
  bare: {
    aircraftBusy: '飞行任务 {task} 等待飞机：{fitting} 架符合，但均被占用。',
    deleting: '{kind} {name} 正在删除。',
  },
  advice: {
    missionFailed: RETRY,
    missionAborted: RETRY,
    missionCancelled: '已取消的任务不会恢复；要再次飞行，请新建一个任务。',
    planRefused: '更正清单（sortie lint 会指出每处错误），然后重新应用。',
    changeRefused: '更正修改并重新应用；任务仍按原样继续。',
    stageTimedOut: '给阶段更多时间（timeout），或查明其飞行任务在等待什么。',
    waitsForGate: '有权修改 missionstages 的人可以打开它：sortie approve {name}{scope}。',
    waitsForCondition: '由负责它的一方在 missionstage {name} 的状态中设置该状况。',
    taskFailed: READ_LOGS,
    retriesExhausted: READ_LOGS,
    retryBackoff: READ_LOGS,
    taskTimedOut: '给飞行任务更多时间（timeout），或让它更快。',
    podRefused: '更正 podTemplate；Operator 在清单之外允许的内容由其 podPolicy 决定。',
    podNotCreated: '它会自动重试；请移除拒绝它的原因，例如配额。',
    nameTaken: '重命名或删除另一对象。',
    incompatible: '选择其他武器、挂载点或机型。',
    weaponMissing: '应用该 Weapon，或更正挂载方案中的名称。',
    loadoutMissing: '应用该 WeaponLoadout，或更正 loadoutRef。',
    weaponDeprecated: '请为其后继型号做好计划。',
    imagePullFailed: '检查镜像的名称和标签，以及飞机是否有权拉取；之后会自动继续。',
    noAircraft: '为节点加上 aircraft.mil/type 标签，或启动一个机队：sortie fleet。',
    noAircraftFits: '查看每架飞机的每项检查：sortie why task {task}{scope} --aircraft。',
    aircraftBusy: '其中一架空闲后即会继续；优先级较高的先行。',
    gangWaits: '腾出或增加飞机，或放弃 waitForAll。',
    quarantined: '隔离在开始十分钟后自动结束。',
    nodeNotReady: '查看该飞机：kubectl describe node {node}。其飞行任务将在 40 秒内放弃。',
    suspended: '让它继续：sortie resume {name}{scope}。',
    specDrift: '要按修改后的内容飞行，请重新启动任务。',
    notTakenUp: '检查 Operator 是否在运行：sortie doctor。',
    serverRefuses: '移除拒绝它的原因，例如配额或策略；它会自动重试。',
    operatorAbsent: '没有它一切都不会推进：sortie doctor。',
    schedulerAbsent: '没有它任何 Pod 都得不到飞机：sortie doctor。',
    schedulerSilent: '检查它是否在运行：sortie doctor。',
  },
  kinds: { Mission: '任务', MissionStage: '任务阶段', FlightTask: '飞行任务', Weapon: '武器' },
}

export const diagnosis: Readonly<Record<Language, object>> = { en: {}, 'zh-CN': chinese }
