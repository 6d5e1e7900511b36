Feature: Faults
  What goes wrong, and who minds.

  Scenario: A raised error is caught, and its handler goes on
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: caught, version: '1.0.0' }
    do:
      - attempt:
          try:
            - refuse:
                raise:
                  error: { type: 'https://example.com/errors/full', status: 507, title: Full }
          catch:
            errors: { with: { status: 507 } }
            as: trouble
            do:
              - note: { set: { seen: '${ $trouble.title }', at: '${ $trouble.instance }' } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: Full
    at: /do/0/attempt/try/0/refuse
    """
    And refuse should fault
    And note should run after refuse

  Scenario: An error that nobody catches ends the workflow
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: uncaught, version: '1.0.0' }
    do:
      - attempt:
          try:
            - ask:
                call: http
                with: { method: get, endpoint: 'https://stand-in.example/status/404' }
          catch:
            errors: { with: { status: 503 } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/communication
    status: 404
    instance: /do/0/attempt/try/0/ask
    """
    And attempt should fault

  Scenario: Retries are counted, then the handler runs once
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: retries, version: '1.0.0' }
    do:
      - attempt:
          try:
            - ask:
                call: http
                with: { method: get, endpoint: 'https://stand-in.example/status/503' }
          catch:
            errors: { with: { status: 503 } }
            retry:
              delay: { milliseconds: 10 }
              limit: { attempt: { count: 2 } }
            do:
              - giveUp: { set: { gaveUp: true } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    gaveUp: true
    """
    And giveUp should run after ask

  Scenario: A call that takes too long times out, and can be caught
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: slow, version: '1.0.0' }
    do:
      - attempt:
          try:
            - ask:
                call: http
                with: { method: get, endpoint: 'https://stand-in.example/never' }
                timeout: { after: { milliseconds: 200 } }
          catch:
            errors: { with: { status: 408 } }
            do:
              - note: { set: { late: true } }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """

  Scenario: A workflow that takes too long faults
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: deadline, version: '1.0.0' }
    timeout: { after: { milliseconds: 200 } }
    do:
      - sleep: { wait: { hours: 1 } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    """
