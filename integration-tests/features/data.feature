Feature: Data
  What goes into tasks, and what comes out.

  Scenario: What a task exports is there for those that follow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: context, version: '1.0.0' }
    do:
      - measure:
          set: { length: 3, width: 4 }
          export: { as: '{ area: (.length * .width) }' }
      - forget:
          set: { nothing: true }
      - recall:
          set: { area: '${ $context.area }', input: '${ . }' }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    area: 12
    input: { nothing: true }
    """

  Scenario: Only what stands in braces is an expression
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: literal, version: '1.0.0' }
    do:
      - copy:
          set: { text: .name, value: '${ .name }' }
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    text: .name
    value: Ada
    """

  Scenario: Input that does not fit its schema is refused
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: schema, version: '1.0.0' }
    input:
      schema:
        document: { type: object, required: [ email ] }
    do:
      - never: { set: { ran: true } }
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/validation
    status: 400
    """

  Scenario: The workflow's output is made from that of its last task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: output, version: '1.0.0' }
    input: { from: .order }
    output: { as: '{ total: .sum }' }
    do:
      - add:
          set: { sum: '${ [.[].price] | add }' }
          output: { as: '{ sum: (.sum * 2) }' }
    """
    And given the workflow input is:
    """yaml
    order: [ { price: 2 }, { price: 5 } ]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    total: 14
    """
