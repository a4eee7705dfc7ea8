/** Every control that is evaluated live, on a deployed account of which one setting at a time is wrong. */
import { describeLiveCases } from '../../integration/audit/live-cases/describe-live-cases.js';
import { LIVE_CASES } from '../../integration/audit/live-cases/index.js';

describeLiveCases(LIVE_CASES);
