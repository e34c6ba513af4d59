"""The services of each signing name, as botocore's models have them: the third part of a credential scope.

Reading them from all models would take half a minute; a test compares this table with them.
"""

from __future__ import annotations

from typing import Final

_ROWS: Final = """
IoTSecuredTunneling: iotsecuretunneling
access-analyzer: accessanalyzer
account-access: account-access account-access-runtime
aco-automation: compute-optimizer-automation
agent-registry: agent-registry agent-registry-control
aidevops: devops-agent
airflow: mwaa
airflow-serverless: mwaa-serverless
aoss: opensearchserverless
apigateway: apigateway apigatewayv2
app-integrations: appintegrations
appconfig: appconfig appconfigdata
application-cost-profiler: applicationcostprofiler
applicationinsights: application-insights
aps: amp
aws-marketplace: marketplace-agreement marketplace-catalog marketplace-deployment marketplace-discovery
  marketplace-entitlement marketplace-reporting meteringmarketplace
awsssoportal: sso
backup-search: backupsearch
bedrock: bedrock bedrock-agent bedrock-agent-runtime bedrock-data-automation bedrock-data-automation-runtime
  bedrock-runtime
bedrock-agentcore: bedrock-agentcore bedrock-agentcore-control
cases: connectcases
cassandra: keyspaces keyspacesstreams
chime: chime chime-sdk-identity chime-sdk-media-pipelines chime-sdk-meetings chime-sdk-messaging chime-sdk-voice
cleanrooms-ml: cleanroomsml
cloudcontrolapi: cloudcontrol
cloudhsm: cloudhsm cloudhsmv2
cloudsearch: cloudsearch cloudsearchdomain
cloudwatch: cloudwatchomni
codeguru-profiler: codeguruprofiler
connect: connect connect-contact-lens connectscheduling
connect-campaigns: connectcampaigns connectcampaignsv2
dynamodb: dynamodb dynamodbstreams
elasticfilesystem: efs
elasticloadbalancing: elb elbv2
elasticmapreduce: emr
elemental-inference: elementalinference
end-user-messaging: endusermessaging
es: es opensearch
events: eventbridgev2 events
execute-api: apigatewaymanagementapi connectparticipant
forecast: forecast forecastquery
geo: location
greengrass: greengrass greengrassv2
health-agent: connecthealth
iam: iam iam-toolbox
iotdata: iot-data
iotmanagedintegrations: iot-managed-integrations
ivs: ivs ivs-realtime
kinesisanalytics: kinesisanalytics kinesisanalyticsv2
kinesisvideo: kinesis-video-archived-media kinesis-video-media kinesis-video-signaling kinesis-video-webrtc-storage
  kinesisvideo
lambda: lambda lambda-core lambda-microvms lambda-web
launchwizard: launch-wizard
lex: lex-models lex-runtime lexv2-models lexv2-runtime
mediastore: mediastore mediastore-data
mgh: mgh migrationhub-config
migrationhub-orchestrator: migrationhuborchestrator
migrationhub-strategy: migrationhubstrategy
mobiletargeting: pinpoint
monitoring: cloudwatch
mturk-requester: mturk
neptune-db: neptunedata
notifications-contacts: notificationscontacts
osm: opensearchmemory
partnercentral: partnercentral-revenue-measurement
payment-cryptography: payment-cryptography payment-cryptography-data
personalize: personalize personalize-events personalize-runtime
pricingplanmanager: pricing-plan-manager
profile: customer-profiles
rds: docdb neptune rds
refactor-spaces: migration-hub-refactor-spaces
resiliencehub: resiliencehub resiliencehubv2
s3: s3 s3control
s3-outposts: s3outposts
sagemaker: sagemaker sagemaker-a2i-runtime sagemaker-edge sagemaker-featurestore-runtime
  sagemaker-inference-router-runtime sagemaker-metrics sagemaker-runtime sagemakerjobruntime
  sagemakertrainingsessionruntime
scn: supplychain
sdb: sdb simpledbv2
servicecatalog: servicecatalog servicecatalog-appregistry
servicequotas: service-quotas
ses: mailmanager pinpoint-email ses sesv2
signer: signer signer-data
sms-voice: pinpoint-sms-voice pinpoint-sms-voice-v2 sms-voice
social-messaging: socialmessaging
sso: sso-admin
sso-oauth: sso-oidc
states: stepfunctions
supportapp: support-app
tagging: resourcegroupstaggingapi
tax: taxsettings
thinclient: workspaces-thin-client
timestream: timestream-query timestream-write
voiceid: voice-id
wisdom: qconnect wisdom
"""

SIGNED_OTHERWISE: Final = {
    name: tuple(services.split())
    for name, services in (row.split(":") for row in _ROWS.replace("\n  ", " ").strip().split("\n"))
}
"""Services by the name that their requests are signed with, where that is not the service's own name alone."""

NEVER_SIGNED: Final = frozenset(
    service
    for services in SIGNED_OTHERWISE.values()
    for service in services
    if service not in SIGNED_OTHERWISE.get(service, ())
)
"""Names of services whose requests are signed with another name only."""
