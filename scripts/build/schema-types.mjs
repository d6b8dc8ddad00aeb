/**
 * Props of a construct as JSON Schema: `properties` for wherever they may be written, `demands` for the entry itself.
 *
 * @param made how a table of lib/template/patterns.ts names the construct
 */
export function entrySchema(pattern, { construct, either = [] }, assembly, tables) {
  const type = assembly.types[`${assembly.name}.${construct.name}`];
  const props = type?.initializer?.parameters?.[2]?.type.fqn;
  if (!props) throw new Error(`the pattern ${pattern} names ${construct.name}, which is no construct of the package`);
  const { properties, required } = structSchema(props, assembly, tables);
  const groups = either.map((keys) => ({ oneOf: keys.map((key) => ({ required: [key] })) }));
  return {
    demands: groups.length ? { required, allOf: groups } : { required },
    properties: {
      type: 'object',
      description: oneLine(type.docs.summary),
      additionalProperties: false,
      properties: { pattern: { const: pattern, description: oneLine(type.docs.summary) }, ...properties },
    },
  };
}

/** What may be written where the pattern is not known: the properties of all of them. */
export function unionOf(entries) {
  const union = {};
  const meanings = {};
  for (const { name, properties } of entries) {
    for (const [key, property] of Object.entries(properties.properties)) {
      if (key === 'pattern') continue;
      if (union[key] && shape(union[key]) !== shape(property)) {
        union[key] = listOfBoth(union[key], property, `${key} of the pattern ${name}`);
      }
      union[key] ??= property;
      meanings[key] = [...(meanings[key] ?? []), { name, property }];
    }
  }
  for (const [key, each] of Object.entries(meanings)) union[key] = withMeaningOf(union[key], each);
  return { type: 'object', additionalProperties: false, properties: sorted(union) };
}

/** A key means in one pattern what it does not in another: then it is said where, and not what. */
function withMeaningOf(property, each) {
  const differs = (member) => new Set(each.map((one) => one.property[member])).size > 1;
  if (!differs('description') && !differs('default')) return property;
  const { default: value, ...rest } = property;
  const description = `It differs by pattern; see the README of ${each.map(({ name }) => name).join(', ')}.`;
  return value === undefined || differs('default')
    ? { ...rest, description: `${description} Default: by pattern.` }
    : { ...rest, description, default: value };
}

/** Lists of structs of two patterns: what members of the one or the other may have. */
function listOfBoth(one, other, what) {
  const both = { ...one.items?.properties };
  for (const [key, property] of Object.entries(other.items?.properties ?? {})) {
    if (both[key] && shape(both[key]) !== shape(property)) both[key] = undefined;
    else both[key] ??= property;
  }
  if (Object.keys(both).length === 0 || Object.values(both).includes(undefined)) {
    throw new Error(`${what} is of another type than in other patterns: no default can serve both`);
  }
  const required = one.items.required.filter((key) => other.items.required.includes(key));
  return { ...one, items: { ...one.items, properties: sorted(both), required } };
}

function structSchema(fqn, assembly, tables) {
  const members = membersOf(fqn, assembly).filter(
    ({ name, type }) => !tables.GIVEN_PROPS.includes(name) && !tables.NOT_IN_YAML.includes(type.fqn),
  );
  return {
    properties: sorted(
      Object.fromEntries(
        members.map((member) => [member.name, propertySchema(`${fqn}.${member.name}`, member, assembly, tables)]),
      ),
    ),
    required: members.filter(({ optional }) => !optional).map(({ name }) => name),
  };
}

/** Properties of a struct with those it inherits. */
function membersOf(fqn, assembly) {
  const { interfaces = [], properties = [] } = assembly.types[fqn];
  const members = [...interfaces.flatMap((parent) => membersOf(parent, assembly)), ...properties];
  return [...new Map(members.map((member) => [member.name, member])).values()];
}

function propertySchema(where, { type, docs = {}, optional }, assembly, tables) {
  if (!docs.summary) throw new Error(`${where} has no description`);
  if (optional && docs.default === undefined) throw new Error(`${where} is optional and has no @default`);
  const piece = typeSchema(where, type, assembly, tables);
  const description = oneLine(`${docs.summary} ${docs.remarks ?? ''}`);
  if (!optional) return { ...piece, description };
  if (docs.default.startsWith('-')) {
    return { ...piece, description: `${description} Default: ${oneLine(docs.default.slice(1))}` };
  }
  return { ...piece, description, default: writtenDefault(where, docs.default, tables.VALUE_TYPES[type.fqn]) };
}

function typeSchema(where, type, assembly, tables) {
  if (type.primitive && ['string', 'number', 'boolean'].includes(type.primitive)) return { type: type.primitive };
  if (type.collection) {
    const items = typeSchema(where, type.collection.elementtype, assembly, tables);
    return type.collection.kind === 'array'
      ? { type: 'array', items }
      : { type: 'object', additionalProperties: items };
  }
  const value = tables.VALUE_TYPES[type.fqn];
  if (value) return { ...value.schema, 'x-type': type.fqn, 'x-allowed': value.allowed };
  if (assembly.types[type.fqn]?.datatype) {
    return { type: 'object', additionalProperties: false, ...structSchema(type.fqn, assembly, tables) };
  }
  throw new Error(
    `${where} is of type ${type.fqn ?? JSON.stringify(type)}, which serving.yaml cannot express yet: ` +
      'say in lib/template/values/index.ts how it is written (VALUE_TYPES), or that only code can give it (NOT_IN_YAML)',
  );
}

/** `@default Duration.seconds(10)` as it is written in YAML: `10s`. */
function writtenDefault(where, expression, value) {
  const literal = /^'(.*)'$/.exec(expression);
  if (literal) return literal[1];
  const [, member, call] = /^[A-Za-z]\w*\.(\w+)(\(.*\))?$/.exec(expression) ?? [];
  try {
    if (!member) return JSON.parse(expression);
    if (!value.toYaml) return member;
    const named = value.cdk[member];
    const result = call ? named(...JSON.parse(`[${call.slice(1, -1)}]`)) : named;
    return value.toYaml(result);
  } catch (error) {
    throw new Error(`@default ${expression} of ${where} is no value and, without "- " before it, no prose: ${error}`);
  }
}

function shape({ description, default: _, ...piece }) {
  return JSON.stringify(piece);
}

function sorted(properties) {
  return Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim().replace(/\.$/, '').concat('.');
}
