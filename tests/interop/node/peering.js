// SPDX-License-Identifier: MIT
// usage: SANDBOX=127.0.0.1:PORT node peering.js
// The official Node clients take the sandbox's worked example through a whole peering and back again, and
// try what has to be refused. Signatures: V3 (both cores and the product SDKs) and V1 (pop-core, GET and POST).
'use strict';
const { check, same, truthy, refused, until, finish } = require('./checks');
const { HOST, keys, core, legacyCore, pop, vpc, Vpc, ecs, Ecs, sts, Sts } = require('./clients');

const SG = 'ap-southeast-1';
const DE = 'eu-central-1';
const me = keys.default;
const partner = keys.partner;

async function identities() {
  await check('STS SDK (V3): who am I', async () => {
    const answer = await sts(me, SG).getCallerIdentity();
    same([answer.body.accountId, answer.body.identityType], [me.uid, 'Account']);
    truthy(answer.body.requestId, 'requestId');
  });
  await check('pop-core POST (V1): who am I', async () =>
    same((await pop('Sts', me)('GetCallerIdentity')).AccountId, me.uid));
  await check('pop-core GET (V1): who am I', async () =>
    same((await pop('Sts', me, 'GET')('GetCallerIdentity')).AccountId, me.uid));
  await check('older core (V3): who am I', async () =>
    same((await legacyCore(me, SG)('Sts', 'GetCallerIdentity')).AccountId, me.uid));
  partner.uid = await check('the partner account is another one', async () => {
    const answer = await sts(partner, DE).getCallerIdentity();
    truthy(answer.body.accountId !== me.uid, 'another uid');
    return answer.body.accountId;
  });
}

async function badSignatures() {
  const wrong = { id: me.id, secret: 'wrong' };
  await check('V3 with a wrong secret', () => refused('SignatureDoesNotMatch', () =>
    core(wrong, SG)('Sts', 'GetCallerIdentity')));
  await check('V1 with a wrong secret', () => refused('SignatureDoesNotMatch', () =>
    pop('Sts', wrong)('GetCallerIdentity')));
  await check('V3 with an unknown key', () => refused('InvalidAccessKeyId.NotFound', () =>
    core({ id: 'LTAIunknown', secret: 'x' }, SG)('Sts', 'GetCallerIdentity')));
  await check('V3 with a token that nobody gave', () => refused('InvalidSecurityToken.MismatchWithAccessKey', () =>
    core(me, SG, { securityToken: 'no-such-token' })('Sts', 'GetCallerIdentity')));
  await check('V1 with a timestamp of last year', () => refused('InvalidTimeStamp.Expired', () =>
    pop('Sts', me)('GetCallerIdentity', { Timestamp: '2020-01-01T00:00:00Z' })));
  await check('an action that does not exist', async () => {
    const error = await refused('InvalidApi.NotFound', () => core(me, SG)('Vpc', 'MakeCoffee'));
    same(error.statusCode, 404, 'HTTP status');
  });
}

async function networks() {
  const client = vpc(me, SG);
  await check('Vpc SDK: the worked example is there', async () => {
    const answer = await client.describeVpcs(new Vpc.DescribeVpcsRequest({ regionId: SG, pageSize: 50 }));
    const found = answer.body.vpcs.vpc.find((one) => one.vpcId === 'vpc-t4nexample');
    same([found.cidrBlock, found.status], ['10.10.0.0/16', 'Available']);
  });
  await check('Vpc SDK: vSwitches of the other region', async () => {
    const answer = await vpc(me, DE).describeVSwitches(
      new Vpc.DescribeVSwitchesRequest({ regionId: DE, vpcId: 'vpc-gw8example' }));
    same(answer.body.vSwitches.vSwitch.map((one) => one.cidrBlock).sort(), ['10.20.1.0/24', '10.20.2.0/24']);
  });
  const made = await check('Vpc SDK: create a VPC, the same token gives the same VPC', async () => {
    const request = new Vpc.CreateVpcRequest({ regionId: SG, cidrBlock: '172.20.0.0/16', vpcName: 'interop',
      clientToken: 'interop-create-vpc' });
    const first = await client.createVpc(request);
    const second = await client.createVpc(request);
    same(second.body.vpcId, first.body.vpcId);
    return first.body.vpcId;
  });
  await check('the same token with other parameters', () => refused('IdempotentParameterMismatch', () =>
    client.createVpc(new Vpc.CreateVpcRequest({ regionId: SG, cidrBlock: '172.21.0.0/16', vpcName: 'interop',
      clientToken: 'interop-create-vpc' }))));
  await check('the VPC becomes available', () => until(
    async () => (await client.describeVpcAttribute(
      new Vpc.DescribeVpcAttributeRequest({ regionId: SG, vpcId: made }))).body.status,
    (status) => status === 'Available', 'Available'));
  const vswitch = await check('Vpc SDK: create a vSwitch', async () => (await client.createVSwitch(
    new Vpc.CreateVSwitchRequest({ regionId: SG, vpcId: made, zoneId: `${SG}a`, cidrBlock: '172.20.1.0/24' })))
    .body.vSwitchId);
  await check('the vSwitch becomes available', () => until(
    async () => (await client.describeVSwitchAttributes(
      new Vpc.DescribeVSwitchAttributesRequest({ regionId: SG, vSwitchId: vswitch }))).body.status,
    (status) => status === 'Available', 'Available'));
  await check('a VPC with a vSwitch stays', () => refused('DependencyViolation.VSwitch', () =>
    client.deleteVpc(new Vpc.DeleteVpcRequest({ regionId: SG, vpcId: made }))));
  await check('delete the vSwitch, then the VPC', async () => {
    await client.deleteVSwitch(new Vpc.DeleteVSwitchRequest({ regionId: SG, vSwitchId: vswitch }));
    await until(async () => (await client.describeVSwitches(
      new Vpc.DescribeVSwitchesRequest({ regionId: SG, vSwitchId: vswitch }))).body.totalCount, (n) => n === 0, 'gone');
    await client.deleteVpc(new Vpc.DeleteVpcRequest({ regionId: SG, vpcId: made }));
    await until(async () => (await client.describeVpcs(
      new Vpc.DescribeVpcsRequest({ regionId: SG, vpcId: made }))).body.totalCount, (n) => n === 0, 'gone');
  });
}

// V1 by pop-core: everything in one form body. Gives the connection's id.
async function peerWithPop() {
  const call = pop('VpcPeer', me);
  const id = await check('pop-core (V1): create a peering', async () => truthy((await call('CreateVpcPeerConnection', {
    RegionId: SG, VpcId: 'vpc-t4nexample', AcceptingAliUid: me.uid, AcceptingRegionId: DE,
    AcceptingVpcId: 'vpc-gw8example', Name: 'interop-peering', LinkType: 'Gold', Bandwidth: 100,
    'Tag.1.Key': 'made-by', 'Tag.1.Value': 'pop-core' })).InstanceId, 'InstanceId'));
  await check('pop-core (V1): it becomes Activated by itself', () => until(
    () => call('GetVpcPeerConnectionAttribute', { InstanceId: id }),
    (answer) => answer.Status === 'Activated', 'Activated'));
  await check('a second one between the same VPCs', () => refused('ResourceAlreadyExist.VpcPeer', () =>
    call('CreateVpcPeerConnection', { RegionId: SG, VpcId: 'vpc-t4nexample', AcceptingAliUid: me.uid,
      AcceptingRegionId: DE, AcceptingVpcId: 'vpc-gw8example' })));
  await check('newest core (V3): read it with its tags', async () => {
    const answer = await core(me, SG)('VpcPeer', 'GetVpcPeerConnectionAttribute', { form: { InstanceId: id } });
    same([answer.Name, answer.Vpc.VpcId, answer.AcceptingVpc.VpcId, answer.Bandwidth, answer.LinkType],
      ['interop-peering', 'vpc-t4nexample', 'vpc-gw8example', 100, 'Gold']);
    same(answer.Tags, [{ Key: 'made-by', Value: 'pop-core' }]);
  });
  await check('older core (V3): list it, VpcId comma-joined', async () => {
    const answer = await legacyCore(me, SG)('VpcPeer', 'ListVpcPeerConnections',
      { form: { RegionId: SG, VpcId: 'vpc-t4nexample' } });
    same(answer.VpcPeerConnects.map((one) => one.InstanceId), [id]);
  });
  return id;
}

async function routes(peering) {
  const ways = [[SG, 'vtb-t4nexample', '10.20.0.0/16'], [DE, 'vtb-gw8example', '10.10.0.0/16']];
  const made = [];
  for (const [region, table, destination] of ways) {
    const client = vpc(me, region);
    const id = await check(`Vpc SDK: route ${destination} in ${table}`, async () => truthy((await client.createRouteEntry(
      new Vpc.CreateRouteEntryRequest({ regionId: region, routeTableId: table, destinationCidrBlock: destination,
        nextHopType: 'VpcPeer', nextHopId: peering, routeEntryName: 'interop' }))).body.routeEntryId, 'routeEntryId'));
    made.push([client, region, table, id]);
    const read = async () => (await client.describeRouteEntryList(new Vpc.DescribeRouteEntryListRequest(
      { regionId: region, routeTableId: table, routeEntryType: 'Custom', maxResult: 100 })))
      .body.routeEntrys.routeEntry.find((one) => one.routeEntryId === id);
    await check(`the route in ${table} becomes available, next hop the peering`, async () => {
      const entry = await until(read, (one) => one && one.status === 'Available', 'Available');
      same([entry.nextHops.nextHop[0].nextHopType, entry.nextHops.nextHop[0].nextHopId], ['VpcPeer', peering]);
    });
    await check(`the same destination again in ${table}`, async () => {
      const error = await client.createRouteEntry(new Vpc.CreateRouteEntryRequest({ regionId: region,
        routeTableId: table, destinationCidrBlock: destination, nextHopType: 'VpcPeer', nextHopId: peering }))
        .then(() => null, (reason) => reason);
      truthy(error && /Duplicate/.test(error.code), error ? error.code : 'accepted');
    });
  }
  return made;
}

async function endpoint() {
  const call = core(me, SG);
  const service = await check('newest core: the MaxCompute service is offered', async () => {
    const answer = await call('Privatelink', 'ListVpcEndpointServicesByEndUser', { query: { RegionId: SG } });
    return truthy(answer.Services.find((one) =>
      one.ServiceName === 'com.aliyuncs.privatelink.ap-southeast-1.maxcompute'), 'service');
  });
  if (!service) return;
  const id = await check('newest core: create an endpoint with lists of objects', async () => truthy((await call(
    'Privatelink', 'CreateVpcEndpoint', { query: { RegionId: SG, VpcId: 'vpc-t4nexample',
      ServiceName: service.ServiceName, EndpointType: 'Interface', EndpointName: 'interop',
      SecurityGroupId: ['sg-t4nexample'],
      Zone: [{ ZoneId: `${SG}a`, VSwitchId: 'vsw-t4nexample-a' }] } })).EndpointId, 'EndpointId'));
  const read = () => call('Privatelink', 'GetVpcEndpointAttribute', { query: { RegionId: SG, EndpointId: id } });
  await check('it becomes Active and Connected', () => until(read,
    (one) => one.EndpointStatus === 'Active' && one.ConnectionStatus === 'Connected', 'Connected'));
  await check('its zone has an address of the vSwitch', async () => {
    const zones = (await call('Privatelink', 'ListVpcEndpointZones', { query: { RegionId: SG, EndpointId: id } })).Zones;
    same(zones.length, 1);
    truthy(/^10\.10\.1\./.test(zones[0].EniIp), zones[0].EniIp);
  });
  await check('an endpoint with zones stays', () => refused('EndpointDependenceViolation', () =>
    call('Privatelink', 'DeleteVpcEndpoint', { query: { RegionId: SG, EndpointId: id } })));
  await check('remove the zone, delete the endpoint', async () => {
    await call('Privatelink', 'RemoveZoneFromVpcEndpoint',
      { query: { RegionId: SG, EndpointId: id, ZoneId: `${SG}a` } });
    await until(async () => (await call('Privatelink', 'ListVpcEndpointZones',
      { query: { RegionId: SG, EndpointId: id } })).Zones.length, (n) => n === 0, 'no zones');
    await until(read, (one) => one.EndpointStatus === 'Active', 'Active');
    await call('Privatelink', 'DeleteVpcEndpoint', { query: { RegionId: SG, EndpointId: id } });
    await until(() => read().then((one) => one.EndpointStatus, (error) => error.code),
      (state) => state === 'EndpointNotFound', 'EndpointNotFound');
  });
}

async function instances() {
  const client = ecs(me, DE);
  await check('ECS SDK: instances by a JSON list', async () => {
    const answer = await client.describeInstances(new Ecs.DescribeInstancesRequest(
      { regionId: DE, instanceIds: JSON.stringify(['i-gw8example']) }));
    const one = answer.body.instances.instance[0];
    same([one.instanceId, one.vpcAttributes.privateIpAddress.ipAddress[0]], ['i-gw8example', '10.20.1.10']);
  });
  await check('ECS SDK: Cloud Assistant is online', async () => {
    const answer = await client.describeCloudAssistantStatus(new Ecs.DescribeCloudAssistantStatusRequest(
      { regionId: DE, instanceId: ['i-gw8example'] }));
    same(answer.body.instanceCloudAssistantStatusSet.instanceCloudAssistantStatus[0].cloudAssistantStatus, 'true');
  });
  await check('ECS SDK: an instance of nobody', async () => {
    const answer = await client.describeInstances(new Ecs.DescribeInstancesRequest(
      { regionId: DE, instanceIds: JSON.stringify(['i-nobody']) }));
    same(answer.body.totalCount, 0);
  });
}

async function undo(peering, made) {
  await check('a peering that routes use stays', () => refused('OperationDenied.RouteEntryExist', () =>
    core(me, SG)('VpcPeer', 'DeleteVpcPeerConnection', { form: { InstanceId: peering } })));
  for (const [client, region, table, id] of made) {
    await check(`Vpc SDK: delete the route in ${table}`, async () => {
      await client.deleteRouteEntry(new Vpc.DeleteRouteEntryRequest({ regionId: region, routeEntryId: id }));
      await until(async () => (await client.describeRouteEntryList(new Vpc.DescribeRouteEntryListRequest(
        { regionId: region, routeTableId: table, routeEntryType: 'Custom', maxResult: 100 })))
        .body.routeEntrys.routeEntry.length, (n) => n === 0, 'no custom route');
    });
    await check(`deleting it again in ${table}`, () => refused('InvalidRouteEntryId.NotFound', () =>
      client.deleteRouteEntry(new Vpc.DeleteRouteEntryRequest({ regionId: region, routeEntryId: id }))));
  }
  await check('newest core: delete the peering', async () => {
    await core(me, SG)('VpcPeer', 'DeleteVpcPeerConnection', { form: { InstanceId: peering } });
    await until(() => pop('VpcPeer', me)('GetVpcPeerConnectionAttribute', { InstanceId: peering })
      .then((one) => one.Status, (error) => error.code),
    (state) => state === 'ResourceNotFound.InstanceId', 'ResourceNotFound.InstanceId');
  });
}

async function twoAccounts() {
  const theirs = vpc(partner, DE);
  const id = await check('the partner makes a VPC', async () => (await theirs.createVpc(
    new Vpc.CreateVpcRequest({ regionId: DE, cidrBlock: '172.30.0.0/16' }))).body.vpcId);
  await check('it becomes available', () => until(async () => (await theirs.describeVpcAttribute(
    new Vpc.DescribeVpcAttributeRequest({ regionId: DE, vpcId: id }))).body.status, (s) => s === 'Available', 'Available'));
  await check('we do not see it', async () => same((await vpc(me, DE).describeVpcs(
    new Vpc.DescribeVpcsRequest({ regionId: DE, vpcId: id }))).body.totalCount, 0));
  const read = (key, peering) => core(key, DE)('VpcPeer', 'GetVpcPeerConnectionAttribute',
    { form: { InstanceId: peering } });
  const ask = (form) => core(me, SG)('VpcPeer', 'CreateVpcPeerConnection', { form: { RegionId: SG,
    VpcId: 'vpc-t4nexample', AcceptingAliUid: partner.uid, AcceptingRegionId: DE, AcceptingVpcId: id, ...form } });
  const peering = await check('newest core: ask the partner for a peering', async () => {
    const answer = await ask({});
    await until(() => read(me, answer.InstanceId), (one) => one.Status === 'Accepting', 'Accepting');
    return answer.InstanceId;
  });
  await check('pop-core GET (V1): the partner accepts', async () => {
    await pop('VpcPeer', partner, 'GET')('AcceptVpcPeerConnection', { InstanceId: peering });
    await until(() => read(partner, peering), (one) => one.Status === 'Activated', 'Activated');
  });
  await check('a second accept', () => refused('IncorrectStatus.VpcPeer', () =>
    pop('VpcPeer', partner)('AcceptVpcPeerConnection', { InstanceId: peering })));
  await check('the partner deletes it, and its VPC', async () => {
    await core(partner, DE)('VpcPeer', 'DeleteVpcPeerConnection', { form: { InstanceId: peering } });
    await until(() => read(me, peering).then((one) => one.Status, (error) => error.code),
      (state) => state === 'ResourceNotFound.InstanceId', 'gone');
    await theirs.deleteVpc(new Vpc.DeleteVpcRequest({ regionId: DE, vpcId: id }));
  });
}

async function main() {
  truthy(HOST, 'environment variable SANDBOX');
  await identities();
  await badSignatures();
  await networks();
  const peering = await peerWithPop();
  if (peering) {
    const made = await routes(peering);
    await endpoint();
    await instances();
    await undo(peering, made);
  }
  await twoAccounts();
  finish();
}

main();
